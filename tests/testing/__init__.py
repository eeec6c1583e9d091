"""Tests of the public contracts: that they can fail, and name the right rule."""

"""Tests of what the tool says about methods, metrics, datasets and their publications."""

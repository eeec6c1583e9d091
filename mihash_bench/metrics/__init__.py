"""Retrieval metrics, one module for each family, computed from item counts at each Hamming distance."""

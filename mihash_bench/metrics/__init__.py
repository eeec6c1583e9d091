"""Retrieval metrics from the number of items, and of relevant items, at each Hamming distance."""

"""Batch hashing methods, which learn from a fixed set of labelled training points: one module per method."""

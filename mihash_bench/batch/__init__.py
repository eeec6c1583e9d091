"""Batch hashing methods: codes learned from a fixed set of labelled training points. One file a method."""

"""Datasets, one per file. A module is named after its dataset, with underscores for hyphens."""

"""Datasets, one a file; a file's name is the dataset's name with underscores for hyphens."""

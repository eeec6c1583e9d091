"""Datasets that the user has imported: reading other formats, checking the rows, keeping them, finding them by name."""

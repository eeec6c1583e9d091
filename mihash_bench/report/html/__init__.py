"""The report on a results folder as one HTML file, which needs no network."""

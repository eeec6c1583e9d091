"""Backbones, one per file. A module is named after its backbone, with underscores for hyphens."""

"""Renderers of the table model, one module for each format."""

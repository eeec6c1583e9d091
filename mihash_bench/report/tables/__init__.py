"""One table model, how it is built from a summary, and the layouts as values."""

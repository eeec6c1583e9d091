"""End-to-end methods, one per file: the losses of the batch methods, trained through a whole network."""

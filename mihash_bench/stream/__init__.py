"""The stream of examples: its order, the reservoir, the update trigger and the checkpoints."""

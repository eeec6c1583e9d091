"""Figures: curves over trials, drawn the same way every time."""

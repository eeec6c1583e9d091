"""Parts that all settings share: options, config and key, named seeds, split, coding and evaluation."""

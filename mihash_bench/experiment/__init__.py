"""What experiments of every setting share: options, config and key, seeds by name, split, coding, evaluation."""

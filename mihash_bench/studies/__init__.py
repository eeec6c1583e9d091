"""Complete studies from sweep to report: the general sweep, tuning, and the paper's experiments."""

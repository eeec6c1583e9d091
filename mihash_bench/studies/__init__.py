"""Sweeps with a report of their own: the general one, tuning, and the experiments of the paper."""

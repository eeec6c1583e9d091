"""From the options of a sweep to its runs, and the verification of run files."""

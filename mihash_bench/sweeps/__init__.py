"""From the options of a sweep to its runs, and from a run file back to the run that it claims to be."""

"""Run files: one HDF5 file a run, and many of them as one table. Knows plain records, not the engine."""

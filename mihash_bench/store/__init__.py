"""Run files: one HDF5 file for each run, and all of them as one table. This room knows only plain records."""

"""Table policies, one per file: which rows an update of the hash table recodes."""

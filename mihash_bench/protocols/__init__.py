"""Protocols, one per file: which rows are learned from, which are searched, and when they enter the hash table."""

"""Performs tasks: due runs, limits, retries and processes. This room knows nothing about hashing or commands."""

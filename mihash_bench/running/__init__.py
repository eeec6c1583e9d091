"""From tasks to statuses: what is due, limits, retries, processes. It knows nothing of hashing or of commands."""

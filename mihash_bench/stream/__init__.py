"""What happens between two looks at the hash table: order of the stream, reservoir, trigger, checkpoints."""

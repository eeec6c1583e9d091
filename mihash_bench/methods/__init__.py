"""Online hashing methods: one module per method, named after it."""

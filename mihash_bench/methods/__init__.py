"""Online hashing methods, one a file; a file's name is the method's name."""

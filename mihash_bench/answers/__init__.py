"""How fast search engines answer, and how good their answers are."""

"""Search engines: real indexes of binary codes, one file for each kind."""

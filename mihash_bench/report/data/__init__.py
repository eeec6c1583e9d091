"""What tables and figures are made of: rows that may be compared, statistics, tests, published figures."""

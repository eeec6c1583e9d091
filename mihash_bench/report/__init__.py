"""From finished runs to statistics, curves and tables."""

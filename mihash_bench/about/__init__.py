"""What methods, datasets and metrics are: their formulas, parameters, costs and publications."""

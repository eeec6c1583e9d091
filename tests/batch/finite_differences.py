"""Derivatives taken numerically."""

import numpy as np


def numeric_gradient(function, X, step=1e-6):
    """Central differences of a function of a matrix."""
    out = np.zeros_like(X)
    for place in np.ndindex(*X.shape):
        up, down = X.copy(), X.copy()
        up[place] += step
        down[place] -= step
        out[place] = (function(up) - function(down)) / (2 * step)
    return out

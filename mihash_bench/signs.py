"""Signs of projections, with single-precision products where they suffice: the codes are those of double precision."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

UNIT, DOUBLE_UNIT = 2.0**-24, 2.0**-53  # relative rounding errors of single and double precision
PANEL = 512  # features summed in single precision before double takes over
DOUBTFUL_AT_ONCE = 512
SMALL, LARGE = 1e-12, 1e15  # norms that single precision sums well
ROWS = 512  # so many of them stay in the cache between the product and their norms


def positive(X: Singles, W: Floats, shift: Floats | None = None, *, bias: Floats | None = None) -> NDArray[np.bool_]:
    """Return ``[(X - shift) W + bias > 0]`` as double precision has it, shape (n, bits).

    X: (n, d) in single precision; W: (d, bits); shift: (d,) or None; bias: (bits,) or None. The product is taken in
    single precision, in panels of at most P features that are summed in double. For a row x and a column w of unit
    length its error is at most ``(P + 3) 2^-24 |x|`` (Higham, Accuracy and Stability of Numerical Algorithms, 3.1, with
    one rounding of w); where the result is nearer to 0 than that, it is computed again in double.
    """
    lengths = np.linalg.norm(W, axis=0)
    # A column of zeros stays; scaling the others changes no sign.
    lengths[lengths == 0] = 1.0
    unit = W / lengths
    bias = np.zeros(W.shape[1]) if bias is None else bias
    offset = -bias / lengths if shift is None else shift @ unit - bias / lengths
    single = unit.astype(np.float32)
    signs = np.empty((len(X), W.shape[1]), np.bool_)
    for start in range(0, len(X), ROWS):
        rows = slice(start, start + ROWS)
        signs[rows] = _positive(X[rows], W, single, shift, bias, offset)
    return signs


def _positive(
    X: Singles, W: Floats, single: Singles, shift: Floats | None, bias: Floats, offset: Floats
) -> NDArray[np.bool_]:
    projections = _in_panels(X, single) - offset
    # The last factor covers the rounding of the norms, the last term results too small for single precision.
    bound = (min(PANEL, X.shape[1]) + 3) * UNIT * _norms(X) * (1 + 1e-3) + 1e-30
    if shift is not None:
        bound += len(shift) * DOUBLE_UNIT * np.linalg.norm(shift)
    # A large bias beside a small product: its own rounding, and that of the sum.
    bounds = bound[:, None] + 4 * DOUBLE_UNIT * np.abs(offset)
    signs = projections > 0
    # What is not a number is looked at again as well.
    rows, columns = np.nonzero(~(np.abs(projections) > bounds))
    for at in range(0, len(rows), DOUBTFUL_AT_ONCE):
        some, bits = rows[at : at + DOUBTFUL_AT_ONCE], columns[at : at + DOUBTFUL_AT_ONCE]
        exact = X[some].astype(np.float64)
        if shift is not None:
            exact -= shift
        signs[some, bits] = np.einsum("ij,ji->i", exact, W[:, bits]) + bias[bits] > 0
    return signs


def _norms(X: Singles) -> Floats:
    precision = np.float32 if X.shape[1] * UNIT < 5e-4 else np.float64
    with np.errstate(over="ignore", under="ignore"):
        norms = np.sqrt(np.einsum("ij,ij->i", X, X, dtype=precision).astype(np.float64))
    # Squares of small numbers vanish in single precision, those of large ones overflow.
    beyond = ~((norms > SMALL) & (norms < LARGE))
    norms[beyond] = np.linalg.norm(X[beyond].astype(np.float64), axis=1)
    return norms


def _in_panels(X: Singles, W: Singles) -> Floats:
    total = (X[:, :PANEL] @ W[:PANEL]).astype(np.float64)
    for start in range(PANEL, X.shape[1], PANEL):
        total += X[:, start : start + PANEL] @ W[start : start + PANEL]
    return total

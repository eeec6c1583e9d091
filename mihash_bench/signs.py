"""Signs of projections: exactly those of double precision, but computed in single precision where that suffices."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

UNIT, DOUBLE_UNIT = 2.0**-24, 2.0**-53  # relative rounding errors of single and double precision
PANEL = 512  # features of one product; products of many features are less accurate
DOUBTFUL_AT_ONCE = 512
SMALL, LARGE = 1e-12, 1e15  # range of norms that single precision computes accurately
ROWS = 512  # rows that stay in the cache between computing their products and their norms


def positive(X: Singles, W: Floats, shift: Floats | None = None, *, bias: Floats | None = None) -> NDArray[np.bool_]:
    """Return ``[(X - shift) W + bias > 0]``, shape (n, bits), with the signs computed in double precision.

    X: shape (n, d), single precision. W: shape (d, bits). shift: shape (d,) or None. bias: shape (bits,) or None. The
    product is first computed in single precision, as the sum of k panels of at most P features, from which an offset o
    is subtracted. For a row x and a column w of unit length, its error is at most ``(P + k + 5) 2^-24 |x| + 4 2^-24
    |o|`` (Higham, Accuracy and Stability of Numerical Algorithms, 3.1, with one rounding of w, one of o, and one of
    each sum). Only results closer to 0 than this bound are computed again in double precision.
    """
    lengths = np.linalg.norm(W, axis=0)
    # Columns of zeros are not scaled; scaling the others does not change signs.
    lengths[lengths == 0] = 1.0
    unit = W / lengths
    bias = np.zeros(W.shape[1]) if bias is None else bias
    offset = -bias / lengths if shift is None else shift @ unit - bias / lengths
    single, by_bit = unit.astype(np.float32), np.ascontiguousarray(W.T)
    signs = np.empty((len(X), W.shape[1]), np.bool_)
    for start in range(0, len(X), ROWS):
        rows = slice(start, start + ROWS)
        signs[rows] = _positive(X[rows], by_bit, single, shift, bias, offset)
    return signs


def _positive(
    X: Singles, by_bit: Floats, single: Singles, shift: Floats | None, bias: Floats, offset: Floats
) -> NDArray[np.bool_]:
    # Imported late so that listing parameters does not load numba.
    from mihash_bench.sign_kernel import signs_and_doubts

    by_row, by_column = _bounds(X, shift, offset)
    signs = np.empty((len(X), len(by_bit)), np.bool_)
    with np.errstate(over="ignore"):  # what single precision cannot hold is computed again
        moved = offset.astype(np.float32)
    rows, columns = signs_and_doubts(_in_panels(X, single), moved, by_column, by_row, signs)
    for at in range(0, len(rows), DOUBTFUL_AT_ONCE):
        some, bits = rows[at : at + DOUBTFUL_AT_ONCE], columns[at : at + DOUBTFUL_AT_ONCE]
        exact = X[some].astype(np.float64)
        if shift is not None:
            exact -= shift
        signs[some, bits] = np.einsum("ij,ij->i", exact, by_bit[bits]) + bias[bits] > 0
    return signs


def _bounds(X: Singles, shift: Floats | None, offset: Floats) -> tuple[Singles, Singles]:
    """Return the two parts of the error bounds of the projections, of shapes (n,) and (bits,)."""
    terms = min(PANEL, X.shape[1]) + -(-X.shape[1] // PANEL) + 5
    # The factor 1 + 1e-3 covers the rounding of norms and bounds; 1e-30 covers results that underflow.
    by_row = terms * UNIT * _norms(X) * (1 + 1e-3) + 1e-30
    if shift is not None:
        by_row += len(shift) * DOUBLE_UNIT * np.linalg.norm(shift)
    with np.errstate(over="ignore"):
        by_column = 4 * UNIT * (1 + 1e-3) * np.abs(offset)
        return by_row.astype(np.float32), by_column.astype(np.float32)


def _norms(X: Singles) -> Floats:
    """Return the norms of the rows, in single precision if that is accurate enough."""
    precision = np.float32 if X.shape[1] * UNIT < 5e-4 else np.float64
    with np.errstate(over="ignore", under="ignore"):
        norms = np.sqrt(np.einsum("ij,ij->i", X, X, dtype=precision).astype(np.float64))
    # In single precision, squares of small numbers underflow and squares of large numbers overflow.
    beyond = ~((norms > SMALL) & (norms < LARGE))
    norms[beyond] = np.linalg.norm(X[beyond].astype(np.float64), axis=1)
    return np.asarray(norms)


def _in_panels(X: Singles, W: Singles) -> Singles:
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.asarray(X[:, :PANEL] @ W[:PANEL])
        for start in range(PANEL, X.shape[1], PANEL):
            total += X[:, start : start + PANEL] @ W[start : start + PANEL]
    return total

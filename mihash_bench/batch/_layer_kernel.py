"""The compiled update of a single layer, which reads its arrays once instead of once for each operation."""

from typing import Any

from mihash_bench.compiling import compiled

_MATRIX = "float64[:, ::1]"
ROWS_AT_ONCE = 8  # as many numbers as a line of the cache holds


# Without "contract", so that each operation is rounded as if it were one of NumPy.
@compiled(f"void({_MATRIX}, {_MATRIX}, {_MATRIX}, float64, float64, float64)", nogil=True)
def descend(W: Any, velocity: Any, gradient: Any, momentum: Any, decay: Any, rate: Any) -> None:
    """Set ``V <- m V - g^T - w W`` and ``W <- W + rate V``, with W and V of shape (d, bits) and g of (bits, d)."""
    for start in range(0, len(W), ROWS_AT_ONCE):
        for j in range(W.shape[1]):
            for i in range(start, min(start + ROWS_AT_ONCE, len(W))):
                velocity[i, j] = momentum * velocity[i, j] - gradient[j, i] - decay * W[i, j]
                W[i, j] += rate * velocity[i, j]

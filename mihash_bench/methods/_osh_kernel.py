"""The compiled kernel of OSH: the updates of a block of examples, computed on small matrices.

Each update changes W by a matrix of rank one, ``W <- W + x_t^T a_t``. The projections of the rows of the block are
therefore kept up to date by rank-one corrections computed from the inner products of the rows, as in
``_mihash_kernel``. Boosting updates the bits one after another, but bit j changes only column j: after its update the
projection of the example is ``z_j + rate_j c_j |x|^2``, so the loop over bits needs only numbers.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from mihash_bench.compiling import compiled

_MATRIX = "float64[:, ::1]"
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
_inlined: Callable[[Callable[..., None]], Callable[..., None]] = compiled(inline="always", **_OPTIONS)


@_inlined
def _boosted(z: Any, target: Any, norm: Any, step_size: Any, rates: Any) -> None:
    """Write ``step e_j exp(-c_j z_j)`` for each bit, with e_j from the updated projections of the bits before it."""
    weight = 1.0
    for j in range(len(z)):
        agreement = target[j] * z[j]
        rates[j] = step_size * weight * np.exp(-agreement)
        weight *= np.exp(-(agreement + rates[j] * norm))


@_inlined
def _hinged(z: Any, target: Any, step_size: Any, rates: Any) -> None:
    """Write the step size for each bit with ``c_j z_j < 1``, and 0 for the others."""
    for j in range(len(z)):
        rates[j] = step_size if target[j] * z[j] < 1.0 else 0.0


@compiled(f"void({_MATRIX}, {_MATRIX}, int64[::1], {_MATRIX}, float64, boolean, {_MATRIX})", **_OPTIONS)
def run_updates(Z: Any, XX: Any, rows: Any, targets: Any, step_size: Any, boosting: Any, changes: Any) -> None:
    """Run the updates of a block and sum the changes of W made by each row, ``a_t`` in ``W <- W + x_t^T a_t``.

    Z (m, b): projections of the rows of the block, updated together with W. XX (m, m): their inner products. rows,
    ascending, and targets (updates, b): update u moves the code of row rows[u] towards targets[u]. changes (m, b): the
    output, to which the changes are added.
    """
    bits = Z.shape[1]
    rates = np.empty(bits)
    for u in range(len(rows)):
        t = rows[u]
        if boosting:
            _boosted(Z[t], targets[u], XX[t, t], step_size, rates)
        else:
            _hinged(Z[t], targets[u], step_size, rates)
        for j in range(bits):
            rates[j] *= targets[u, j]
            changes[t, j] += rates[j]
        for i in range(t, len(Z)):
            for j in range(bits):
                Z[i, j] += XX[i, t] * rates[j]

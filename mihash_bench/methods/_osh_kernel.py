"""The updates of OSH on small matrices, compiled: the exact form of a block of examples.

Each update changes W by a term of rank one, ``W <- W + x_t^T a_t``, so the projections of the block's rows follow by
rank-one corrections from their inner products, as ``_mihash_kernel`` does it.
"""

from typing import Any

import numba
import numpy as np

_MATRIX = "float64[:, ::1]"
_OPTIONS: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy"}


@numba.njit(inline="always", **_OPTIONS)
def _boosted(z: Any, target: Any, norm: Any, step_size: Any, rates: Any) -> None:
    weight = 1.0
    for j in range(len(z)):
        agreement = target[j] * z[j]
        rates[j] = step_size * weight * np.exp(-agreement)
        weight *= np.exp(-(agreement + rates[j] * norm))


@numba.njit(inline="always", **_OPTIONS)
def _hinged(z: Any, target: Any, step_size: Any, rates: Any) -> None:
    for j in range(len(z)):
        rates[j] = step_size if target[j] * z[j] < 1.0 else 0.0


@numba.njit(f"void({_MATRIX}, {_MATRIX}, int64[::1], {_MATRIX}, float64, boolean, {_MATRIX})", **_OPTIONS)
def run_updates(Z: Any, XX: Any, rows: Any, targets: Any, step_size: Any, boosting: Any, changes: Any) -> None:
    """Run a block's updates and add up the change of W that each row causes, ``a_t`` in ``W <- W + x_t^T a_t``.

    Z (m, b): projections of the block's rows, changed with W; XX (m, m): their inner products; update u teaches row
    rows[u], in ascending order, the code targets[u].
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

"""The compiled kernels of HCOH and HMOH: a block of steps towards target codes, computed on small matrices.

Each step changes W by ``X^T a`` with the rows X of the step. The projections of the later rows of the block are
therefore kept up to date by corrections computed from the inner products of the rows, as in ``_osh_kernel``.
"""

from typing import Any

import numpy as np

from mihash_bench.compiling import compiled

_MATRIX = "float64[:, ::1]"
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


@compiled(f"void({_MATRIX}, {_MATRIX}, {_MATRIX}, boolean[::1], int64, float64, {_MATRIX})", **_OPTIONS)
def run_tanh_steps(Z: Any, XX: Any, targets: Any, labelled: Any, size: int, step_size: float, changes: Any) -> None:
    """Run steps of ``size`` rows each and write the change of W made by each row, ``a_t`` in ``W <- W + X^T a``.

    With ``f = tanh(z)``, ``a = -(step / n) (f - t)(1 - f^2)``, where n is the number of rows of the step with labels.

    Z (m, b): projections of the rows of the block, updated together with W. XX (m, m): their inner products. targets
    (m, b), labelled (m,): the target codes, and which rows have one. changes (m, b): the output, zeros at first.
    """
    rows, bits = Z.shape
    for start in range(0, rows, size):
        stop = start + size
        count = max(1, labelled[start:stop].sum())
        for t in range(start, stop):
            if labelled[t]:
                for j in range(bits):
                    f = np.tanh(Z[t, j])
                    changes[t, j] = -(step_size / count) * (f - targets[t, j]) * (1.0 - f * f)
        for i in range(stop, rows):
            for t in range(start, stop):
                for j in range(bits):
                    Z[i, j] += XX[i, t] * changes[t, j]


@compiled(f"void({_MATRIX}, {_MATRIX}, {_MATRIX}, float64, {_MATRIX})", **_OPTIONS)
def run_perceptron_steps(Z: Any, XX: Any, targets: Any, step_size: float, changes: Any) -> None:
    """Run steps of one row and write the changes ``a_t``: ``step t_k`` where the sign of z_k is not t_k, otherwise 0.

    The arguments are those of ``run_tanh_steps``; every row has a target code. The sign of 0 is -1.
    """
    rows, bits = Z.shape
    for t in range(rows):
        for j in range(bits):
            if (Z[t, j] > 0.0) != (targets[t, j] > 0.0):
                changes[t, j] = step_size * targets[t, j]
                for i in range(t + 1, rows):
                    Z[i, j] += XX[i, t] * changes[t, j]

"""The compiled kernel of MIHash: the steps of a block of examples, computed on small matrices.

Each step changes W by a matrix of rank one, ``W <- W - x_t^T a_t``. The kernel therefore never touches a matrix of size
d x b: the projections of reservoir and block, ``R W`` and ``X W``, are kept up to date by rank-one corrections computed
from ``R X^T`` and ``X X^T``, and the caller applies ``W <- W - X^T A`` once at the end of the block. The steps run in
order; the result differs from that of single steps only by rounding.
"""

from typing import Any

import numpy as np

from mihash_bench.compiling import bits_of, compiled, from_bits

_MATRIX = "float64[:, ::1]"
_VECTOR = "float64[::1]"
# Allowing sums in any order lets the compiler vectorise them.
_SUMS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract"}}

# exp(x) = 2^n exp(r), where n is the integer nearest to x / ln 2; ln 2 is split in two parts to keep r accurate.
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_ROUND = 6755399441055744.0  # 1.5 * 2^52: adding it moves the nearest integer into the last bits of the mantissa


@compiled("float64(float64)", nogil=True)
def _exp(x: Any) -> Any:
    """Return exp(x), accurate to one or two units in the last place, for |x| < 700.

    It has no branches and no calls, so loops over it can be vectorised.
    """
    shifted = x * _LOG2_E + _ROUND
    n = shifted - _ROUND
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return p * from_bits((bits_of(shifted) + 1023) << 52)  # type: ignore[call-arg]


@compiled(f"void({_MATRIX}, int64, float64, float64, {_MATRIX})", **_SUMS)
def relax(Z: Any, rows: Any, scale: Any, saturation: Any, phi: Any) -> None:
    """Write ``phi = 2 s(z) - 1 = 2 / (1 + exp(-A z)) - 1`` for the first ``rows`` rows of Z.

    A z is clipped to [-saturation, saturation].
    """
    for i in range(rows):
        for j in range(Z.shape[1]):
            x = min(max(scale * Z[i, j], -saturation), saturation)
            phi[i, j] = 2.0 / (1.0 + _exp(-x)) - 1.0


@compiled(f"void({_VECTOR}, boolean[::1], int64, float64, {_MATRIX})", **_SUMS)
def fill_histograms(distances: Any, near: Any, rows: Any, width: Any, histograms: Any) -> None:
    """Sum the soft memberships ``1 - |h - c_l| / D`` of non-neighbors (row 0) and of neighbors (row 1)."""
    bins = histograms.shape[1]
    histograms[:] = 0.0
    for i in range(rows):
        side = 1 if near[i] else 0
        upper = int(np.ceil(distances[i] / width))
        for bin_ in (upper - 1, upper):
            if 0 <= bin_ < bins:
                membership = 1.0 - abs(distances[i] - bin_ * width) / width
                histograms[side, bin_] += max(membership, 0.0)


@compiled("float64(float64)", **_SUMS)
def _weight(share: Any) -> Any:
    return 1.0 + np.log2(share) if share > 0.0 else 1.0


@compiled(f"void({_MATRIX}, int64, int64, {_MATRIX})", **_SUMS)
def gains_of(histograms: Any, members: Any, neighbors: Any, gains: Any) -> None:
    """Write ``w(P_l) - w(P-_l)`` (row 0) and ``w(P_l) - w(P+_l)`` (row 1), with w as in ``soft_information_slope``."""
    counts = (members - neighbors, neighbors)
    for bin_ in range(histograms.shape[1]):
        pooled = _weight((histograms[0, bin_] + histograms[1, bin_]) / members)
        for side in range(2):
            share = histograms[side, bin_] / counts[side] if counts[side] > 0 else 0.0
            gains[side, bin_] = pooled - _weight(share)


@compiled(f"void({_VECTOR}, boolean[::1], int64, float64, {_MATRIX}, {_VECTOR})", **_SUMS)
def slopes_of(distances: Any, near: Any, rows: Any, width: Any, gains: Any, slopes: Any) -> None:
    """Write ``-dI/dh`` for each member: as h grows, its upper bin gains 1/D and the bin below loses 1/D."""
    bins = gains.shape[1]
    for i in range(rows):
        side = 1 if near[i] else 0
        upper = int(np.ceil(distances[i] / width))
        rising = gains[side, upper] if 0 <= upper < bins else 0.0
        falling = gains[side, upper - 1] if 0 <= upper - 1 < bins else 0.0
        slopes[i] = (rising - falling) / width / rows


@compiled(f"void({_MATRIX}, {_VECTOR}, int64, {_VECTOR})", **_SUMS)
def _distances(phi: Any, code: Any, rows: Any, distances: Any) -> None:
    """Write the relaxed distances ``(b - <phi_r, code>) / 2`` of the first ``rows`` members."""
    bits = len(code)
    for i in range(rows):
        product = 0.0
        for j in range(bits):
            product += phi[i, j] * code[j]
        distances[i] = (bits - product) / 2.0


@compiled(f"void({_MATRIX}, {_VECTOR}, int64, boolean, {_VECTOR})", **_SUMS)
def _pull(phi: Any, slopes: Any, rows: Any, released: Any, pull: Any) -> None:
    """Write ``-dI/dphi`` for the example, ``-1/2 sum_r slope_r phi_r``; it is later multiplied by ``2 A s (1 - s)``.

    If ``released``, write half of ``-1/2 sum_r slope_r s_r`` with ``s = (phi + 1)/2`` instead, because the authors'
    code multiplies by ``A s (1 - s)``.
    """
    pull[:] = 0.0
    for i in range(rows):
        for j in range(len(pull)):
            pull[j] -= 0.5 * slopes[i] * phi[i, j]
    if released:
        total = 0.0
        for i in range(rows):
            total += slopes[i]
        for j in range(len(pull)):
            pull[j] = 0.25 * (pull[j] - 0.5 * total)


@compiled(f"void({_MATRIX}, int64, int64, {_MATRIX}, int64, {_VECTOR})", **_SUMS)
def _correct(Z: Any, first: Any, last: Any, products: Any, step: Any, change: Any) -> None:
    """Subtract ``<row, x_step> change`` from the projections of rows first..last-1."""
    for i in range(first, last):
        product = products[i, step]
        for j in range(len(change)):
            Z[i, j] -= product * change[j]


@compiled(
    f"void({_MATRIX}, {_MATRIX}, {_MATRIX}, {_MATRIX}, boolean[:, ::1], boolean[:, ::1], int64, int64[::1], int64, "
    f"float64, float64, boolean, {_VECTOR}, {_MATRIX})",
    **_SUMS,
)
def run_steps(
    Z: Any, ZX: Any, RX: Any, XX: Any, near: Any, near_X: Any, members: Any, slots: Any, bins: Any, scale: Any,
    saturation: Any, released: Any, rates: Any, changes: Any,
) -> None:  # fmt: skip
    """Run the steps of a block and write the change of W made by each step, ``a_t`` in ``W <- W - x_t^T a_t``.

    Z (slots, b), ZX (m, b): projections of the reservoir and of the block. RX (slots, m), XX (m, m): their inner
    products with the rows of the block. near (m, slots), near_X (m, m): whether reservoir slots and block rows are
    neighbors of each row of the block. members: number of filled slots. slots (m,): after step t, row t takes slot
    slots[t], or none if this is -1. bins: K. scale, saturation: see ``relax``. released: see ``_pull``. rates (m,): the
    step sizes. changes (m, b): the output. Z, ZX, RX and near are updated during the block.
    """
    bits = Z.shape[1]
    width = bits / bins
    phi, code = np.empty_like(Z), np.empty((1, bits))
    distances, slopes, pull = np.empty(len(Z)), np.empty(len(Z)), np.empty(bits)
    histograms, gains = np.empty((2, bins + 1)), np.empty((2, bins + 1))
    for t in range(len(ZX)):
        if members > 0:
            relax(Z, members, scale, saturation, phi)
            relax(ZX[t : t + 1], 1, scale, saturation, code)
            _distances(phi, code[0], members, distances)
            fill_histograms(distances, near[t], members, width, histograms)
            gains_of(histograms, members, near[t, :members].sum(), gains)
            slopes_of(distances, near[t], members, width, gains, slopes)
            _pull(phi, slopes, members, released, pull)
            for j in range(bits):
                # dphi/dz = 2 A s (1 - s) = A (1 - phi^2) / 2
                changes[t, j] = rates[t] * pull[j] * scale * 0.5 * (1.0 - code[0, j] * code[0, j])
            _correct(Z, 0, members, RX, t, changes[t])
            _correct(ZX, t, len(ZX), XX, t, changes[t])
        else:
            changes[t] = 0.0
        slot = slots[t]
        if slot >= 0:
            Z[slot] = ZX[t]
            RX[slot] = XX[t]
            near[t + 1 :, slot] = near_X[t + 1 :, t]
            members = max(members, slot + 1)

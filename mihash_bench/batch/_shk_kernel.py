"""The compiled kernels of SHK's relaxation, which is evaluated about a thousand times for each bit."""

from typing import Any

from mihash_bench.batch._exponential import exponential
from mihash_bench.compiling import compiled

_VECTOR, _CODES = "float64[::1]", "int8[:, ::1]"
_FAST: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract"}}


@compiled(f"float64({_VECTOR}, int64[::1], {_CODES}, int64, {_VECTOR}, {_VECTOR}, {_VECTOR})", **_FAST)
def relaxed_value(Ka: Any, y: Any, codes: Any, n_bits: Any, f: Any, by_class: Any, by_bit: Any) -> Any:
    """Return ``-f^T S_r f`` and write ``f = tanh(K a / 2)``, its sums by class, and its products with earlier bits.

    y: labels 0..c-1 of the l points. codes: earlier bits, -1 or 1, shape (r, l). With s = by_class (c,) and
    p = by_bit (r,), ``f^T S_r f = b (2 sum_c s_c^2 - (sum_c s_c)^2) - sum_k p_k^2``.
    """
    by_class[:] = 0.0
    for i in range(len(f)):
        power = exponential(-Ka[i])
        f[i] = (1.0 - power) / (1.0 + power)
    for i in range(len(f)):
        by_class[y[i]] += f[i]
    squares = 0.0
    for k in range(len(codes)):
        product = 0.0
        for i in range(len(f)):
            product += codes[k, i] * f[i]
        by_bit[k] = product
        squares += product * product
    total, own = 0.0, 0.0
    for c in range(len(by_class)):
        total += by_class[c]
        own += by_class[c] * by_class[c]
    return squares - n_bits * (2.0 * own - total * total)


@compiled(f"void({_VECTOR}, int64[::1], {_CODES}, int64, {_VECTOR}, {_VECTOR}, {_VECTOR})", **_FAST)
def relaxed_slope(f: Any, y: Any, codes: Any, n_bits: Any, by_class: Any, by_bit: Any, slope: Any) -> None:
    """Write ``-(S_r f) (1 - f^2)``, the gradient by ``K a``; the arguments are those that ``relaxed_value`` wrote."""
    total = by_class.sum()
    for i in range(len(f)):
        slope[i] = n_bits * (2.0 * by_class[y[i]] - total)
    for k in range(len(codes)):
        product = by_bit[k]
        for i in range(len(f)):
            slope[i] -= codes[k, i] * product
    for i in range(len(f)):
        slope[i] *= f[i] * f[i] - 1.0

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


@compiled(f"void(int32[:, ::1], {_VECTOR}, {_VECTOR})", **_FAST)
def combine_rows(whole: Any, weights: Any, combined: Any) -> None:
    """Write ``weights @ whole``, from the first row to the last; eight rows at a time spare most of the writing."""
    combined[:] = 0.0
    at_once = len(whole) - len(whole) % 8
    for i in range(0, at_once, 8):
        q_0, q_1, q_2, q_3 = whole[i], whole[i + 1], whole[i + 2], whole[i + 3]
        q_4, q_5, q_6, q_7 = whole[i + 4], whole[i + 5], whole[i + 6], whole[i + 7]
        w_0, w_1, w_2, w_3 = weights[i], weights[i + 1], weights[i + 2], weights[i + 3]
        w_4, w_5, w_6, w_7 = weights[i + 4], weights[i + 5], weights[i + 6], weights[i + 7]
        for j in range(len(combined)):
            first = (w_0 * q_0[j] + w_1 * q_1[j]) + (w_2 * q_2[j] + w_3 * q_3[j])
            combined[j] += first + ((w_4 * q_4[j] + w_5 * q_5[j]) + (w_6 * q_6[j] + w_7 * q_7[j]))
    for i in range(at_once, len(whole)):
        row, weight = whole[i], weights[i]
        for j in range(len(combined)):
            combined[j] += weight * row[j]


@compiled(f"void(int32[:, ::1], {_VECTOR}, {_VECTOR})", **_FAST)
def add_products(whole: Any, vector: Any, products: Any) -> None:
    """Add ``whole @ vector``, from the last row to the first.

    ``combine_rows`` has just read the last rows, so that they are still in the cache.
    """
    at_once = len(whole) - len(whole) % 4
    for i in range(at_once, len(whole)):
        row, total = whole[i], 0.0
        for j in range(len(vector)):
            total += row[j] * vector[j]
        products[i] += total
    for i in range(at_once - 4, -1, -4):
        q_0, q_1, q_2, q_3 = whole[i], whole[i + 1], whole[i + 2], whole[i + 3]
        total_0 = total_1 = total_2 = total_3 = 0.0
        for j in range(len(vector)):
            total_0 += q_0[j] * vector[j]
            total_1 += q_1[j] * vector[j]
            total_2 += q_2[j] * vector[j]
            total_3 += q_3[j] * vector[j]
        products[i] += total_0
        products[i + 1] += total_1
        products[i + 2] += total_2
        products[i + 3] += total_3

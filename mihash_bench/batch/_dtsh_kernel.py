"""The compiled kernels of DTSH, which draw triplets and sum their gradients; a step has millions of triplets."""

from typing import Any

import numpy as np

from mihash_bench.compiling import compiled

_MATRIX = "float64[:, ::1]"
_POINTS = "int64[:, :, ::1]"
# Up to this, a product of two exponentials is finite; beyond it, each triplet is computed by itself.
LARGEST_EXPONENT = 350.0
# Up to this, a product of four terms 1 + x is finite.
LARGEST_OF_FOUR = 1e76
# The logarithm of the largest product of which a logarithm is taken.
LARGEST_LOGARITHM = 700.0


@compiled("void(int64[::1], float64[::1], int64[::1])", nogil=True)
def _draw(candidates: Any, draws: Any, drawn: Any) -> None:
    """Draw without replacement by the first steps of a Fisher-Yates shuffle, which is uniform for any initial order."""
    for position in range(min(len(drawn), len(candidates))):
        chosen = position + int(draws[position] * (len(candidates) - position))
        candidates[position], candidates[chosen] = candidates[chosen], candidates[position]
        drawn[position] = candidates[position]


@compiled(f"void(int64[::1], int64[::1], int64[::1], float64[:, :, :, ::1], {_POINTS}, {_POINTS})", nogil=True)
def draw_triplets(
    classes: Any, candidates: Any, starts: Any, draws: Any, positives: Any, negatives: Any
) -> None:  # fmt: skip
    """For each query and each other class, draw points of the query's class and of the other class.

    classes (m,): classes of the queries. candidates: points sorted by class, with class c in
    ``candidates[starts[c]:starts[c + 1]]``; their order within a class is changed. draws (m, classes, 2, k): random
    numbers, uniform in [0, 1). positives, negatives (m, classes, k): the output; -1 for the query's own class, and in
    the last entries if a class has fewer than k points. Points are drawn without replacement.
    """
    for i in range(len(classes)):
        for other in range(len(starts) - 1):
            positives[i, other] = -1
            negatives[i, other] = -1
            if other != classes[i]:
                _draw(candidates[starts[classes[i]] : starts[classes[i] + 1]], draws[i, other, 0], positives[i, other])
                _draw(candidates[starts[other] : starts[other + 1]], draws[i, other, 1], negatives[i, other])


@compiled("int64(int64[::1])", nogil=True)
def _count(points: Any) -> Any:
    """Return the number of points before the first -1."""
    for position in range(len(points)):
        if points[position] < 0:
            return position
    return len(points)


@compiled("float64(float64[::1], int64[::1], int64, float64, float64, float64[::1])", nogil=True)
def _exponentials(halves: Any, points: Any, count: Any, side: Any, margin: Any, out: Any) -> Any:
    """Write ``exp(side * halves_j - margin)`` for the first points and return the largest modulus of an exponent."""
    largest = 0.0
    for position in range(count):
        exponent = side * halves[points[position]] - margin
        largest = max(largest, abs(exponent))
        out[position] = np.exp(exponent)
    return largest


@compiled("void(float64[::1], int64[::1], int64, int64[::1], int64, float64, float64[::1])", nogil=True)
def _add_far(
    halves: Any, positives: Any, count_p: Any, negatives: Any, count_n: Any, margin: Any, coefficients: Any
) -> None:  # fmt: skip
    """Do the same as ``_add_near`` triplet by triplet, for T of any size."""
    for p in range(count_p):
        for n in range(count_n):
            # An infinite exponential gives 0, which is the limit.
            share = 1.0 / (1.0 + np.exp(halves[positives[p]] - halves[negatives[n]] - margin))
            coefficients[positives[p]] += share
            coefficients[negatives[n]] -= share


@compiled(
    "void(float64[::1], int64, float64[::1], int64, float64[::1], float64[::1])", nogil=True, error_model="numpy",
    fastmath={"reassoc", "contract"},
)  # fmt: skip
def _add_near(up: Any, count_p: Any, down: Any, count_n: Any, gained_p: Any, gained_n: Any) -> None:
    """Write the sums of ``1 / (1 + up_p down_n)`` over n to gained_p, and those over p to gained_n.

    Four reciprocals are computed with one division, which costs more than all other operations, unless the product of
    their denominators might overflow.
    """
    gained_n[:] = 0.0
    whole = 0
    if count_p > 0 and count_n > 0 and up[:count_p].max() * down[:count_n].max() <= LARGEST_OF_FOUR:
        whole = count_p - count_p % 4
    for p in range(0, whole, 4):
        up_0, up_1, up_2, up_3 = up[p], up[p + 1], up[p + 2], up[p + 3]
        total_0 = total_1 = total_2 = total_3 = 0.0
        for n in range(count_n):
            x_0, x_1, x_2, x_3 = 1.0 + up_0 * down[n], 1.0 + up_1 * down[n], 1.0 + up_2 * down[n], 1.0 + up_3 * down[n]
            first, last = x_0 * x_1, x_2 * x_3
            inverse = 1.0 / (first * last)
            by_first, by_last = inverse * last, inverse * first
            share_0, share_1, share_2, share_3 = by_first * x_1, by_first * x_0, by_last * x_3, by_last * x_2
            total_0 += share_0
            total_1 += share_1
            total_2 += share_2
            total_3 += share_3
            gained_n[n] += (share_0 + share_1) + (share_2 + share_3)
        gained_p[p], gained_p[p + 1], gained_p[p + 2], gained_p[p + 3] = total_0, total_1, total_2, total_3
    for p in range(whole, count_p):
        total = 0.0
        for n in range(count_n):
            share = 1.0 / (1.0 + up[p] * down[n])
            total += share
            gained_n[n] += share
        gained_p[p] = total


@compiled(f"void({_MATRIX}, {_POINTS}, {_POINTS}, float64, {_MATRIX})", nogil=True)
def add_coefficients(halves: Any, positives: Any, negatives: Any, margin: Any, coefficients: Any) -> None:
    """For every triplet, add ``1 - sigmoid(T)`` to the coefficient of its positive and subtract it from its negative's.

    halves (m, n): ``<u_q, u_j> / 2``; T = halves[q, p] - halves[q, n] - margin. coefficients (m, n): the output. The
    sum of ``(1 - sigmoid(T)) (u_p - u_n)`` over all triplets is then ``coefficients @ U``. Since ``1 - sigmoid(T)`` is
    ``1 / (1 + exp(halves_p - margin) exp(-halves_n))``, each point needs one exponential. Outputs of any size are
    exact up to rounding.
    """
    k = positives.shape[2]
    up, down, gained_p, gained_n = np.empty(k), np.empty(k), np.empty(k), np.empty(k)
    for i in range(len(halves)):
        for other in range(positives.shape[1]):
            own, others = positives[i, other], negatives[i, other]
            count_p, count_n = _count(own), _count(others)
            far = max(
                _exponentials(halves[i], own, count_p, 1.0, margin, up),
                _exponentials(halves[i], others, count_n, -1.0, 0.0, down),
            )
            # The negation makes NaN far, too.
            if not far <= LARGEST_EXPONENT:
                _add_far(halves[i], own, count_p, others, count_n, margin, coefficients[i])
                continue
            _add_near(up, count_p, down, count_n, gained_p, gained_n)
            for p in range(count_p):
                coefficients[i, own[p]] += gained_p[p]
            for n in range(count_n):
                coefficients[i, others[n]] -= gained_n[n]


@compiled("float64(float64[::1], int64, float64[::1], int64)", nogil=True, error_model="numpy")
def _near_losses(up: Any, count_p: Any, down: Any, count_n: Any) -> Any:
    """Return the sum of ``log(1 + up_p down_n)``, with one logarithm for as many factors as a product may have."""
    if count_p == 0 or count_n == 0:
        return 0.0
    bound = np.log1p(up[:count_p].max() * down[:count_n].max())
    rows = max(1, int(LARGEST_LOGARITHM / max(bound, 1.0)))
    products, total = np.ones(count_n), 0.0
    for p in range(count_p):
        for n in range(count_n):
            products[n] *= 1.0 + up[p] * down[n]
        if p % rows == rows - 1 or p == count_p - 1:
            total += np.log(products).sum()
            products[:] = 1.0
    return total


@compiled(f"float64({_MATRIX}, {_POINTS}, {_POINTS}, float64)", nogil=True)
def sum_losses(halves: Any, positives: Any, negatives: Any, margin: Any) -> Any:
    """Return the sum of ``-log sigmoid(T) = log(1 + exp(-T))`` over all triplets; the arguments are as above."""
    k = positives.shape[2]
    up, down, total = np.empty(k), np.empty(k), 0.0
    for i in range(len(halves)):
        for other in range(positives.shape[1]):
            own, others = positives[i, other], negatives[i, other]
            count_p, count_n = _count(own), _count(others)
            far = max(
                _exponentials(halves[i], own, count_p, -1.0, -margin, up),
                _exponentials(halves[i], others, count_n, 1.0, 0.0, down),
            )
            if far <= LARGEST_EXPONENT:
                total += _near_losses(up, count_p, down, count_n)
                continue
            for p in range(count_p):
                for n in range(count_n):
                    value = margin - halves[i, own[p]] + halves[i, others[n]]
                    total += max(value, 0.0) + np.log1p(np.exp(-abs(value)))
    return total

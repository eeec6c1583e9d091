"""The compiled kernels of DTSH, which draw triplets and sum their gradients; a step has millions of triplets."""

from typing import Any

import numpy as np

from mihash_bench.batch._exponential import exponential, exponentials
from mihash_bench.compiling import compiled

_VECTOR, _MATRIX = "float64[::1]", "float64[:, ::1]"
_FAST: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract"}}
_POINTS = "int64[:, :, ::1]"
# Up to this, a product of four terms 1 + exp(v) exp(w) is finite; beyond it, each triplet needs its own exponential.
LARGEST_EXPONENT = 87.0
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


@compiled(f"void({_VECTOR}, {_MATRIX}, int64[::1], float64, float64, {_VECTOR})", **_FAST)
def _project(u: Any, U: Any, points: Any, factor: Any, shift: Any, out: Any) -> None:
    """Write ``factor <u, u_j> - shift`` for each point; four products at a time hide each other's latency."""
    whole = len(points) - len(points) % 4
    for p in range(0, whole, 4):
        row_0, row_1, row_2, row_3 = U[points[p]], U[points[p + 1]], U[points[p + 2]], U[points[p + 3]]
        total_0 = total_1 = total_2 = total_3 = 0.0
        for k in range(len(u)):
            total_0 += u[k] * row_0[k]
            total_1 += u[k] * row_1[k]
            total_2 += u[k] * row_2[k]
            total_3 += u[k] * row_3[k]
        out[p], out[p + 1] = factor * total_0 - shift, factor * total_1 - shift
        out[p + 2], out[p + 3] = factor * total_2 - shift, factor * total_3 - shift
    for p in range(whole, len(points)):
        row, total = U[points[p]], 0.0
        for k in range(len(u)):
            total += u[k] * row[k]
        out[p] = factor * total - shift


@compiled(f"void({_VECTOR}, {_MATRIX}, int64[::1], {_VECTOR}, float64)", **_FAST)
def _add_rows(direction: Any, U: Any, points: Any, gained: Any, side: Any) -> None:
    """Add ``side * gained_j u_j`` of all points to the direction, which is read and written once for eight points."""
    whole = len(points) - len(points) % 8
    for p in range(0, whole, 8):
        row_0, row_1, row_2, row_3 = U[points[p]], U[points[p + 1]], U[points[p + 2]], U[points[p + 3]]
        row_4, row_5, row_6, row_7 = U[points[p + 4]], U[points[p + 5]], U[points[p + 6]], U[points[p + 7]]
        share_0, share_1 = side * gained[p], side * gained[p + 1]
        share_2, share_3 = side * gained[p + 2], side * gained[p + 3]
        share_4, share_5 = side * gained[p + 4], side * gained[p + 5]
        share_6, share_7 = side * gained[p + 6], side * gained[p + 7]
        for k in range(len(direction)):
            first = (share_0 * row_0[k] + share_1 * row_1[k]) + (share_2 * row_2[k] + share_3 * row_3[k])
            last = (share_4 * row_4[k] + share_5 * row_5[k]) + (share_6 * row_6[k] + share_7 * row_7[k])
            direction[k] += first + last
    for p in range(whole, len(points)):
        row, share = U[points[p]], side * gained[p]
        for k in range(len(direction)):
            direction[k] += share * row[k]


@compiled(f"void({_VECTOR}, {_MATRIX}, int64[::1], int64[::1], float64, float64, {_VECTOR}, {_VECTOR})", nogil=True)
def _write_exponents(u: Any, U: Any, own: Any, others: Any, side: Any, margin: Any, up: Any, down: Any) -> None:
    """Write the two parts of ``side T`` for the positives and the negatives of a query and a class.

    up: ``side (<u, u_p> / 2 - margin)`` of each positive. down: ``-side <u, u_n> / 2`` of each negative.
    """
    _project(u, U, own, 0.5 * side, side * margin, up)
    _project(u, U, others, -0.5 * side, 0.0, down)


@compiled(f"boolean({_VECTOR})", nogil=True)
def _far(exponents: Any) -> Any:
    """Return whether an exponent is too large for products of exponentials. NaN is."""
    many = 0
    # Counting can be compiled to vector instructions, the largest of values that may be NaN cannot.
    for exponent in exponents:
        many += 0 if abs(exponent) <= LARGEST_EXPONENT else 1
    return many > 0


@compiled(f"void({_VECTOR}, {_VECTOR}, {_VECTOR}, {_VECTOR})", **_FAST)
def _add_far(up: Any, down: Any, gained_p: Any, gained_n: Any) -> None:
    """Do the same as ``_add_near`` triplet by triplet from the logarithms of up and down, which may be of any size."""
    gained_n[: len(down)] = 0.0
    for p in range(len(up)):
        total = 0.0
        for n in range(len(down)):
            share = 1.0 / (1.0 + exponential(up[p] + down[n]))
            total += share
            gained_n[n] += share
        gained_p[p] = total


@compiled(f"void({_VECTOR}, {_VECTOR}, {_VECTOR}, {_VECTOR})", **_FAST)
def _add_near(up: Any, down: Any, gained_p: Any, gained_n: Any) -> None:
    """Write the sums of ``1 / (1 + up_p down_n)`` over n to gained_p, and those over p to gained_n.

    Four reciprocals are computed with one division, which costs more than all other operations.
    """
    count_p, count_n = len(up), len(down)
    whole = count_p - count_p % 4
    gained_n[:count_n] = 0.0
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


@compiled(f"void({_MATRIX}, {_MATRIX}, {_POINTS}, {_POINTS}, float64, {_MATRIX})", nogil=True)
def add_directions(U_queries: Any, U: Any, positives: Any, negatives: Any, margin: Any, directions: Any) -> None:
    """Add ``(1 - sigmoid(T)) (u_p - u_n)`` of every triplet to the direction of its query.

    U_queries (m, bits): outputs of the queries. U (n, bits): outputs of all points.
    T = ``<u_q, u_p> / 2 - <u_q, u_n> / 2 - margin``. directions (m, bits): the output. Since ``1 - sigmoid(T)`` is
    ``1 / (1 + exp(<u_q, u_p> / 2 - margin) exp(-<u_q, u_n> / 2))``, each point needs one exponential. Outputs of any
    size are exact up to rounding. Only inner products with points that were drawn are computed.
    """
    k = positives.shape[2]
    # If the powers were written over the exponents, their loop could not use vector instructions.
    exponents, powers, gained_p, gained_n = np.empty(2 * k), np.empty(2 * k), np.empty(k), np.empty(k)
    for i in range(len(U_queries)):
        for other in range(positives.shape[1]):
            own = positives[i, other, : _count(positives[i, other])]
            others = negatives[i, other, : _count(negatives[i, other])]
            drawn = exponents[: len(own) + len(others)]
            up, down = drawn[: len(own)], drawn[len(own) :]
            _write_exponents(U_queries[i], U, own, others, 1.0, margin, up, down)
            if _far(drawn):
                _add_far(up, down, gained_p, gained_n)
            else:
                exponentials(drawn, powers)
                _add_near(powers[: len(own)], powers[len(own) : len(drawn)], gained_p, gained_n)
            # The rows that have just been projected are still in the cache.
            _add_rows(directions[i], U, own, gained_p, 1.0)
            _add_rows(directions[i], U, others, gained_n, -1.0)


@compiled(f"float64({_VECTOR}, {_VECTOR})", **_FAST)
def _near_losses(up: Any, down: Any) -> Any:
    """Return the sum of ``log(1 + up_p down_n)``, with one logarithm for as many factors as a product may have."""
    if len(up) == 0 or len(down) == 0:
        return 0.0
    bound = np.log1p(up.max() * down.max())
    rows = max(1, int(LARGEST_LOGARITHM / max(bound, 1.0)))
    products, total = np.ones(len(down)), 0.0
    for p in range(len(up)):
        for n in range(len(down)):
            products[n] *= 1.0 + up[p] * down[n]
        if p % rows == rows - 1 or p == len(up) - 1:
            total += np.log(products).sum()
            products[:] = 1.0
    return total


@compiled(f"float64({_VECTOR}, {_VECTOR})", nogil=True)
def _far_losses(up: Any, down: Any) -> Any:
    """Return the same from the logarithms of up and down, which may be of any size."""
    total = 0.0
    for p in range(len(up)):
        for n in range(len(down)):
            value = up[p] + down[n]
            total += max(value, 0.0) + np.log1p(np.exp(-abs(value)))
    return total


@compiled(f"float64({_MATRIX}, {_MATRIX}, {_POINTS}, {_POINTS}, float64)", nogil=True)
def sum_losses(U_queries: Any, U: Any, positives: Any, negatives: Any, margin: Any) -> Any:
    """Return the sum of ``-log sigmoid(T) = log(1 + exp(-T))`` over all triplets; the arguments are as above."""
    exponents, powers = np.empty(2 * positives.shape[2]), np.empty(2 * positives.shape[2])
    total = 0.0
    for i in range(len(U_queries)):
        for other in range(positives.shape[1]):
            own = positives[i, other, : _count(positives[i, other])]
            others = negatives[i, other, : _count(negatives[i, other])]
            drawn = exponents[: len(own) + len(others)]
            up, down = drawn[: len(own)], drawn[len(own) :]
            _write_exponents(U_queries[i], U, own, others, -1.0, margin, up, down)
            if _far(drawn):
                total += _far_losses(up, down)
            else:
                exponentials(drawn, powers)
                total += _near_losses(powers[: len(own)], powers[len(own) : len(drawn)])
    return total

"""The compiled kernels of DTSH, which draw triplets and sum their gradients; a step has millions of triplets."""

from typing import Any

import numpy as np

from mihash_bench.compiling import compiled

_MATRIX = "float64[:, ::1]"
_POINTS = "int64[:, :, ::1]"
# Larger exponents would let the product of two exponentials overflow.
LARGEST_EXPONENT = 300.0


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


@compiled("int64(float64[::1], int64[::1], float64, float64, float64[::1])", nogil=True)
def _exponentials(halves: Any, points: Any, side: Any, margin: Any, out: Any) -> Any:
    """Write ``exp(side * halves_j - margin)`` for the points before the first -1 and return their number."""
    for position in range(len(points)):
        if points[position] < 0:
            return position
        exponent = side * halves[points[position]] - margin
        out[position] = np.exp(min(max(exponent, -LARGEST_EXPONENT), LARGEST_EXPONENT))
    return len(points)


@compiled(
    f"void({_MATRIX}, {_POINTS}, {_POINTS}, float64, {_MATRIX})", nogil=True, error_model="numpy",
    fastmath={"reassoc", "contract"},
)  # fmt: skip
def add_coefficients(halves: Any, positives: Any, negatives: Any, margin: Any, coefficients: Any) -> None:
    """For every triplet, add ``1 - sigmoid(T)`` to the coefficient of its positive and subtract it from its negative's.

    halves (m, n): ``<u_q, u_j> / 2``; T = halves[q, p] - halves[q, n] - margin. coefficients (m, n): the output. The
    sum of ``(1 - sigmoid(T)) (u_p - u_n)`` over all triplets is then ``coefficients @ U``. Since ``1 - sigmoid(T)`` is
    ``1 / (1 + exp(halves_p - margin) exp(-halves_n))``, each point needs one exponential and each triplet one division.
    """
    k = positives.shape[2]
    up, down, gained = np.empty(k), np.empty(k), np.empty(k)
    for i in range(len(halves)):
        for other in range(positives.shape[1]):
            count_p = _exponentials(halves[i], positives[i, other], 1.0, margin, up)
            count_n = _exponentials(halves[i], negatives[i, other], -1.0, 0.0, down)
            gained[:] = 0.0
            for p in range(count_p):
                total = 0.0
                for n in range(count_n):
                    share = 1.0 / (1.0 + up[p] * down[n])
                    total += share
                    gained[n] += share
                coefficients[i, positives[i, other, p]] += total
            for n in range(count_n):
                coefficients[i, negatives[i, other, n]] -= gained[n]

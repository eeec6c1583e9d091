"""The triplets of DTSH on small matrices, compiled: a step has some millions of them."""

from typing import Any

import numba
import numpy as np

_MATRIX = "float64[:, ::1]"
_POINTS = "int64[:, :, ::1]"
# Beyond it exp would leave double precision in a product of two.
LARGEST_EXPONENT = 300.0


@numba.njit("void(int64[::1], float64[::1], int64[::1])", nogil=True, cache=True)
def _draw(candidates: Any, draws: Any, drawn: Any) -> None:
    """Take the first steps of a Fisher-Yates shuffle: whatever order it begins with, each sample is as likely."""
    for place in range(min(len(drawn), len(candidates))):
        chosen = place + int(draws[place] * (len(candidates) - place))
        candidates[place], candidates[chosen] = candidates[chosen], candidates[place]
        drawn[place] = candidates[place]


@numba.njit(
    f"void(int64[::1], int64[::1], int64[::1], float64[:, :, :, ::1], {_POINTS}, {_POINTS})", nogil=True, cache=True
)
def draw_triplets(
    classes: Any, candidates: Any, starts: Any, draws: Any, positives: Any, negatives: Any
) -> None:  # fmt: skip
    """Draw points of each query's own class and of each other one, without replacement.

    classes (m,): of the queries; candidates: points sorted by class, class c at starts[c]..starts[c + 1] - 1, whose
    order within a class changes; draws (m, classes, 2, k): uniform numbers below 1. positives, negatives
    (m, classes, k): point numbers, -1 for the query's own class and where a class has fewer than k points.
    """
    for i in range(len(classes)):
        for other in range(len(starts) - 1):
            positives[i, other] = -1
            negatives[i, other] = -1
            if other != classes[i]:
                _draw(candidates[starts[classes[i]] : starts[classes[i] + 1]], draws[i, other, 0], positives[i, other])
                _draw(candidates[starts[other] : starts[other + 1]], draws[i, other, 1], negatives[i, other])


@numba.njit("int64(float64[::1], int64[::1], float64, float64, float64[::1])", nogil=True, cache=True)
def _exponentials(halves: Any, points: Any, side: Any, margin: Any, out: Any) -> Any:
    """Write ``exp(side * halves_j - margin)`` of the points that are there, and return how many they are."""
    for place in range(len(points)):
        if points[place] < 0:
            return place
        exponent = side * halves[points[place]] - margin
        out[place] = np.exp(min(max(exponent, -LARGEST_EXPONENT), LARGEST_EXPONENT))
    return len(points)


@numba.njit(
    f"void({_MATRIX}, {_POINTS}, {_POINTS}, float64, {_MATRIX})", nogil=True, cache=True, error_model="numpy",
    fastmath={"reassoc", "contract"},
)  # fmt: skip
def add_coefficients(halves: Any, positives: Any, negatives: Any, margin: Any, coefficients: Any) -> None:
    """Add ``1 - sigmoid(T)`` of every triplet to its positive's coefficient, and take it from its negative's.

    halves (m, n): ``<u_q, u_j> / 2``; T = halves[q, p] - halves[q, n] - margin; coefficients (m, n). The sum over
    triplets of ``(1 - sigmoid(T)) (u_p - u_n)`` is then ``coefficients @ U``. As ``1 - sigmoid(T)`` is
    ``1 / (1 + exp(halves_p - margin) exp(-halves_n))``, each point needs one exponential and each triplet a division.
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

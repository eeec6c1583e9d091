"""Whether a run diverges: its hash functions are not finite, grow without bound, or never lead to an update."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.experiment.result import Decision

GROWTH = 1e6
# The fewest table decisions of which it means something that none found a gain.
FEWEST = 10


class Watch:
    """Looks at the hash functions of a run in the order in which they are learned.

    ``reason`` says in a few words why the run diverges, and is "" while it does not:

    * A value of the hash functions or of the objective is NaN or infinite. Comparisons with such a value do not depend
      on the data, and no later step makes it finite again.
    * The Frobenius norm of an array of the hash functions is more than 1e6 times the largest norm among the arrays of
      the first ones that are not all zero. Rows have unit norm, so that a method whose steps are bounded moves by a
      constant at most for each example: in the longest usual stream, of 100,000 examples, by about 1e5. Only growth
      that feeds on itself passes 1e6, and it does so within few steps.

    ``changed`` says whether any hash functions differ from the first ones.
    """

    def __init__(self) -> None:
        self.reason = ""
        self.changed = False
        self._first: dict[str, NDArray[Any]] = {}
        self._bound = 0.0

    def see(self, arrays: Mapping[str, NDArray[Any]], when: str) -> None:
        """Look at frozen hash functions, given by their arrays. when: for the reason, such as "after 300 examples"."""
        first = self._first = self._first or dict(arrays)
        self.changed = self.changed or not _equal(first, arrays)
        # Arrays that learning never changes, such as anchors, are shared by all snapshots of a run.
        new = [array for name, array in arrays.items() if not self._bound or array is not first.get(name)]
        with np.errstate(over="ignore", invalid="ignore"):
            norm = max((float(np.linalg.norm(array.astype(np.float64, copy=False))) for array in new), default=0.0)
        if not np.isfinite(norm):
            finite = all(np.isfinite(array).all() for array in arrays.values())
            self._say(f"its hash functions {'grow without bound' if finite else 'are not finite'} {when}")
        elif self._bound == 0.0:
            self._bound = GROWTH * norm
        elif norm > self._bound:
            self._say(f"the norm of its hash functions is {GROWTH * norm / self._bound:.1e} times the first {when}")

    def see_objective(self, value: float, when: str) -> None:
        """Look at the value of the objective that a method minimises."""
        if not np.isfinite(value):
            self._say(f"its objective is not finite {when}")

    def _say(self, reason: str) -> None:
        self.reason = self.reason or reason


def _equal(arrays: Mapping[str, NDArray[Any]], others: Mapping[str, NDArray[Any]]) -> bool:
    return arrays.keys() == others.keys() and all(
        array is others[name] or np.array_equal(array, others[name]) for name, array in arrays.items()
    )


def without_update(decisions: Sequence[Decision], *, changed: bool) -> str:
    """Return why a run of an online method that learns counts as diverged if its table was never rebuilt, or "".

    Such a run measures the hash functions of the start. changed: whether its hash functions differ from the first ones
    at any decision. If they do, the run counts only if there were at least ten decisions, because the first functions
    may happen to be good ones, and if none of them found a gain in mutual information, because a gain that is not above
    ``--threshold`` is ignored by choice of the user.
    """
    if any(updated or q_current > q_snapshot for _, q_current, q_snapshot, updated in decisions):
        return ""
    if changed and len(decisions) < FEWEST:
        return ""
    why = "" if changed else ", because its hash functions never change"
    return f"no update: none of {len(decisions)} decisions rebuilds the table{why}"

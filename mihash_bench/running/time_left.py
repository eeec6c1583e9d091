"""How long a sweep still takes."""

import time
from collections.abc import Callable, Mapping


class TimeLeft:
    """Estimates the time left from the work of the runs and the time that has passed.

    work: how much each run counts, by its key. seconds: how long all of them together are expected to take, None if
    nothing is known. The more of the work has been done, the more the speed so far counts, and the less ``seconds``.
    """

    def __init__(
        self, work: Mapping[str, float], seconds: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._work, self._clock = dict(work), clock
        self._before = seconds / total if seconds is not None and (total := sum(self._work.values())) else None
        self._ended: set[str] = set()
        self._parts: dict[str, float] = {}
        self._began = clock()

    def reached(self, key: str, part: float) -> None:
        """Note how much of a run has been done, between 0 and 1."""
        self._parts[key] = part

    def ended(self, key: str, *, performed: bool) -> None:
        """Note the end of a run. performed: False if there was nothing to do for it, which says nothing of speed."""
        self._parts.pop(key, None)
        if performed:
            self._ended.add(key)
        else:
            self._work.pop(key, None)

    def seconds(self) -> float | None:
        """Return the estimated seconds until all runs have ended, or None if nothing is known yet."""
        total = sum(self._work.values())
        done = sum(self._work.get(key, 0.0) for key in self._ended)
        done += sum(self._work.get(key, 0.0) * part for key, part in list(self._parts.items()))
        if total <= 0 or done >= total:
            return 0.0
        share = done / total
        if done <= 0:
            return None if self._before is None else self._before * total
        so_far = (self._clock() - self._began) / done
        rate = so_far if self._before is None else share * so_far + (1 - share) * self._before
        return (total - done) * rate

"""What a run of Setting 2 has done so far: its history, its codes at checkpoints, its times, and its saved state."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words
from mihash_bench.experiment.result import Observer
from mihash_bench.settings._held_out import Measured
from mihash_bench.store.companions import TrainingFile

Groups = Mapping[str, Mapping[str, NDArray[Any]]]

# The state is saved at least this often, unless saving it would then take more than a twentieth of the time.
SAVE_SECONDS, SAVE_SHARE = 30.0, 0.05
# Time between two messages about the speed.
TELL_SECONDS = 2.0
COLUMNS = ("epoch", "objective", "mAP", "distinct_codes", "train_s")


class TrainingLog:
    """The past of a run. file: where its state is saved, or None. observer: is told how far the run is.

    saved: the groups that were saved before an interruption, or None. words: the packed codes of all images after the
    measured epochs. seconds: the times of learning and of evaluation, over all interruptions.
    """

    def __init__(self, file: TrainingFile | None, observer: Observer) -> None:
        self.observer, self._file = observer, file
        self.saved = None if file is None else file.read()
        self.words: dict[int, Words] = {}
        self.seconds = {"train_s": 0.0, "eval_s": 0.0}
        self._rows: list[dict[str, float]] = []
        if self.saved is not None:
            self._restore(self.saved)
        self._saved_at, self._took = time.monotonic(), 0.0
        self._unit, self._since, self._images, self._told = "", time.monotonic(), 0, 0.0

    def _restore(self, saved: Groups) -> None:
        self.words = {int(epoch): words for epoch, words in saved["words"].items()}
        self.seconds = {name: float(value[0]) for name, value in saved["seconds"].items()}
        columns = saved["history"]
        self._rows = [{name: float(columns[name][i]) for name in COLUMNS} for i in range(len(columns["epoch"]))]

    def add_epoch(self, epoch: int, found: Measured) -> None:
        """Add what was measured on the held-out images after an epoch, and tell the observer."""
        values = (epoch, found.objective, found.mean_ap, found.distinct, self.seconds["train_s"])
        self._rows.append(dict(zip(COLUMNS, map(float, values), strict=True)))

    def history_of(self, epoch: int) -> dict[str, float]:
        """Return what was measured after an epoch."""
        return next(row for row in self._rows if row["epoch"] == epoch)

    def history(self) -> dict[str, NDArray[np.float64]]:
        """Return the columns of all epochs, under names that begin with ``held_out_``."""
        return {f"held_out_{name}": np.array([row[name] for row in self._rows]) for name in COLUMNS}

    def tell(self, done: int, total: int, images: int, unit: str) -> None:
        """Tell the observer the images a second and the minutes left, if it was not told just before."""
        now = time.monotonic()
        if unit != self._unit:
            self._unit, self._since, self._images, self._first = unit, now, 0, done
            return
        self._images += images
        if now - self._told < TELL_SECONDS:
            return
        self._told, spent = now, now - self._since
        left = spent / max(1, done - self._first) * (total - done)
        values = {"images/s": self._images / spent, "minutes left": left / 60}
        if self._rows:
            values |= {"held-out mAP in %": 100 * self._rows[-1]["mAP"]}
        self.observer(done, total, values, unit)

    def save_if_due(self, state: Callable[[], Groups]) -> None:
        """Save the state if the last time was long enough ago."""
        if time.monotonic() - self._saved_at >= max(SAVE_SECONDS, self._took / SAVE_SHARE):
            self.save(state)

    def save(self, state: Callable[[], Groups]) -> None:
        """Save the state and the past. Raises OSError if it cannot be written."""
        if self._file is None:
            return
        began = time.monotonic()
        columns = {name: np.array([row[name] for row in self._rows]) for name in COLUMNS}
        past = {
            "history": columns, "words": {str(epoch): words for epoch, words in self.words.items()},
            "seconds": {name: np.array([value]) for name, value in self.seconds.items()},
        }  # fmt: skip
        self._file.write({**state(), **past})
        self._saved_at = time.monotonic()
        self._took = self._saved_at - began

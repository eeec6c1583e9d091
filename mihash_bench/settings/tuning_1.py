"""Choosing parameters for Setting 1 on a split of its training points, which contains no query."""

from typing import TYPE_CHECKING

from mihash_bench.settings.batch_1 import Batch1

if TYPE_CHECKING:
    from mihash_bench.datasets.base import Dataset
    from mihash_bench.experiment.training_points import BatchSplit


class Tuning1(Batch1):
    """Setting 1 on a split of its training points."""

    name = "tuning-1"
    title = "a split of the training points of Setting 1, for tuning"
    listed = False

    def draw_split(self, dataset: "Dataset", seed: int, trial: int, split_trial: int | None = None) -> "BatchSplit":
        """Split the training points of Setting 1; see ``draw_tuning_split``."""
        from mihash_bench.experiment.training_points import draw_tuning_split

        return draw_tuning_split(dataset, seed, trial, split_trial)

    def published_as(self, dataset: str) -> None:
        """Return None, because no figures were published for this split."""
        return

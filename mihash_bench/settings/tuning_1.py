"""Choosing parameters for Setting 1 on a split of its training points, which contains no query."""

from typing import TYPE_CHECKING, Any

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

    def judged_by(self, config: Any) -> dict[str, str]:
        """Return the shares of the training points, and what is measured."""
        from mihash_bench.experiment.training_points import TUNING_ASK, TUNING_LEARN

        return {
            "split": f"of each class's training points of trial 0: {TUNING_LEARN:.0%} learned from, {TUNING_ASK:.0%} "
            f"queries, {1 - TUNING_LEARN - TUNING_ASK:.0%} database",
            "score": "mAP after the last epoch, mean over the code lengths",
        }

    def published_as(self, dataset: str) -> None:
        """Return None, because no figures were published for this split."""
        return

"""Setting 1 of the paper's batch comparison: methods learn from 500 training points of each class."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mihash_bench.registry import BATCH_METHODS
from mihash_bench.settings._batch_options import BatchConfig, BatchOptions
from mihash_bench.settings._cost import learning_cost
from mihash_bench.settings.base import Axis, Planned, Setting, Tuning, Variant, Wording

if TYPE_CHECKING:
    from mihash_bench.datasets.base import Dataset, DatasetSource, Shape
    from mihash_bench.experiment.keeping import Keeper
    from mihash_bench.experiment.result import Observer, RunResult
    from mihash_bench.experiment.retrieval import Retrieval
    from mihash_bench.experiment.training_points import BatchSplit

# Datasets of this package with the images of the published figures.
SAME_IMAGES = {"cifar10": "cifar10", "sample": "cifar10"}


class Batch1(Setting):
    """Batch hashing, Setting 1 of the paper."""

    name = "batch-1"
    title = "500 training points of each class, Setting 1 of the paper"
    options = BatchOptions
    config = BatchConfig
    methods = BATCH_METHODS
    wording = Wording(
        final="after the last epoch",
        checkpoints="epochs",
        trials="training points drawn anew",
        missing="no stream and no trigger",
        instead={"epochs": "--set METHOD.epochs=N"},
    )
    axes = (
        Axis("epoch", "Epochs", decades=True, numbers="whole"),
        Axis("train_s", "Training time (s)", decades=True, by_checkpoint=True, numbers="plain"),
    )
    columns = ("epoch", "objective")
    table_layout = "method-by-bits"
    costs = ("train_s", "train_memory_bytes")
    own_scale = ("objective",)
    table_seconds = "cost of coding the rows once"
    slow_modules = ("mihash_bench.settings._batch_run",)
    tuning = Tuning(
        tried_in="tuning-1",
        title="Setting 1 on {dataset} with {features:,} features: parameters chosen on a split of the training points",
        bits=(12, 24, 32, 48),
        values={"checkpoints": 1},
        preset_bits=(12, 24, 32, 48),
    )

    def draw_split(self, dataset: "Dataset", seed: int, trial: int, split_trial: int | None = None) -> "BatchSplit":
        """Draw queries, database and training points; see ``draw_training_points``."""
        # Imported late so that listing settings does not load NumPy.
        from mihash_bench.experiment.training_points import draw_training_points

        return draw_training_points(dataset, seed, trial, split_trial)

    def retrieval(self, config: BatchConfig, dataset: "Dataset") -> "Retrieval":
        """Return the queries, the database, and the features centred on the training points."""
        from mihash_bench.settings._batch_run import retrieval_of

        return retrieval_of(dataset, self._split_of(config, dataset))

    def plan(
        self, options: BatchOptions, source: "DatasetSource", dataset: "Dataset", variants: Sequence[Variant]
    ) -> Iterator[Planned]:
        """Yield a run for each variant of a method, code length and trial."""
        from mihash_bench.settings._batch_plan import plan

        yield from plan(self, options, source, dataset, variants, self.draw_split(dataset, options.seed, 0))

    def run(self, config: BatchConfig, dataset: "Dataset", observer: "Observer", keeper: "Keeper") -> "RunResult":
        """Learn from the training points and evaluate afterwards."""
        from mihash_bench.settings._batch_run import run

        return run(config, dataset, self._split_of(config, dataset), observer, keeper)

    def learning_cost(self, config: BatchConfig, shape: "Shape") -> int:
        """Return the cost of learning from 500 points of each class in every epoch."""
        from mihash_bench.experiment.training_points import TRAINING_PER_CLASS
        from mihash_bench.settings._batch_plan import make_method

        points = min(shape.rows, TRAINING_PER_CLASS * max(1, shape.last_label - shape.first_label + 1))
        method = make_method(config)
        return learning_cost(method, method.n_epochs * points, shape.columns, config.bits)

    def _split_of(self, config: BatchConfig, dataset: "Dataset") -> "BatchSplit":
        return self.draw_split(dataset, config.seed, config.trial, config.split_trial)

    def published_as(self, dataset: str) -> tuple[str, str] | None:
        """Return the number of the setting, for datasets with CIFAR-10's images."""
        name, _, _ = dataset.partition(" (")
        return ("batch", "1") if name in SAME_IMAGES else None

"""Setting 2 of the paper's batch comparison: whole networks learn from images."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mihash_bench.registry import DEEP_METHODS
from mihash_bench.settings._cost import PIXEL
from mihash_bench.settings._deep_options import DeepConfig, DeepOptions
from mihash_bench.settings.base import Axis, Planned, Setting, Variant, Wording

if TYPE_CHECKING:
    from mihash_bench.datasets.base import Dataset, DatasetSource, Shape
    from mihash_bench.experiment.keeping import Keeper
    from mihash_bench.experiment.result import Observer, RunResult
    from mihash_bench.experiment.retrieval import Retrieval


class Batch2(Setting):
    """End-to-end hashing of images, Setting 2 of the paper."""

    name = "batch-2"
    title = "whole networks trained on images, Setting 2 of the paper"
    options = DeepOptions
    config = DeepConfig
    methods = DEEP_METHODS
    needs_images = True
    wording = Wording(
        final="after the last epoch",
        checkpoints="epochs",
        trials="images drawn anew",
        missing="no stream and no trigger",
    )
    axes = (
        Axis("epoch", "Epochs", numbers="whole"),
        Axis("train_s", "Training time (s)", by_checkpoint=True, numbers="plain"),
    )
    columns = ("epoch", "objective", "held_out_mAP")
    table_layout = "method-by-bits"
    costs = ("train_s", "train_memory_bytes")
    own_scale = ("objective",)
    table_seconds = "not measured"
    slow_modules = ("mihash_bench.settings._deep_run",)

    def check(self, options: DeepOptions, methods: Sequence[Any]) -> None:
        """Raise InputError if PyTorch is missing or cannot compute as asked for."""
        from mihash_bench.settings._deep_plan import check_device

        super().check(options, methods)
        check_device(options)

    def retrieval(self, config: DeepConfig, dataset: "Dataset") -> "Retrieval":
        """Return the queries, the database, and the images."""
        from mihash_bench.settings._deep_plan import draw_deep_split
        from mihash_bench.settings._deep_run import retrieval_of

        return retrieval_of(config, dataset, draw_deep_split(dataset, config, config.trial, config.split_trial))

    def plan(
        self, options: DeepOptions, source: "DatasetSource", dataset: "Dataset", variants: Sequence[Variant]
    ) -> Iterator[Planned]:
        """Yield a run for each variant of a method, network, code length and trial."""
        from mihash_bench.settings._deep_plan import plan

        yield from plan(self, options, source, dataset, variants)

    def learning_cost(self, config: DeepConfig, shape: "Shape") -> int:
        """Return the cost of the network on every image, once and in every epoch."""
        return (config.epochs + 1) * shape.rows * PIXEL * config.pixels**2

    def run(self, config: DeepConfig, dataset: "Dataset", observer: "Observer", keeper: "Keeper") -> "RunResult":
        """Train the network and evaluate afterwards."""
        from mihash_bench.settings._deep_run import run

        return run(config, dataset, observer, keeper)

    def ending_fault(self, curve: Mapping[str, Any], final: Mapping[str, Any], config: DeepConfig) -> str:
        """Check that the curve ends with the last epoch."""
        reached = curve["epoch"][-1] == config.epochs
        return "" if reached else f"its curve does not end at epoch {config.epochs}"

    def published_as(self, dataset: str) -> tuple[str, str] | None:
        """Return the number of the setting for CIFAR-10's images."""
        name, _, _ = dataset.partition(" (")
        return ("batch", "2") if name == "cifar10-images" else None

"""Sweeps of the batch settings: methods that learn from fixed training points."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar

from mihash_bench.batch.base import BatchHasher
from mihash_bench.datasets.base import Dataset, DatasetSource
from mihash_bench.errors import InputError
from mihash_bench.experiment.batch import draw_batch_split
from mihash_bench.experiment.config import BatchConfig, batch_protocol
from mihash_bench.experiment.sweep import DatasetTasks, MethodVariant, Place, Sweep
from mihash_bench.experiment.task import Task
from mihash_bench.registry import BATCH_METHODS, Registry


@dataclass(frozen=True, kw_only=True)
class BatchSweep(Sweep):
    """A sweep of a batch setting: every combination of datasets, methods, bits, trials and ``--set`` values.

    candidates: parameter sets to run instead of those that ``--set`` names, each with its method's name.
    """

    known_methods: ClassVar[Registry] = BATCH_METHODS

    setting: str = "batch-1"
    candidates: tuple[tuple[str, dict[str, Any]], ...] = ()

    @property
    def method_variants(self) -> list[MethodVariant]:
        """Each method's class with each of its full parameter sets."""
        if self.candidates:
            return [(self.known_methods.get(name), parameters) for name, parameters in self.candidates]
        return super().method_variants

    def tasks_of(self, place: Place, source: DatasetSource, dataset: Dataset) -> "BatchTasks":
        """Return what makes the tasks of one dataset."""
        return BatchTasks(self, place, source, dataset)


class BatchTasks(DatasetTasks):
    """The tasks of one dataset."""

    def __init__(self, sweep: BatchSweep, place: Place, source: DatasetSource, dataset: Dataset) -> None:
        super().__init__(sweep, place, source, dataset)
        self.sweep = sweep
        self.n_training = len(draw_batch_split(sweep.setting, dataset, sweep.seed, 0).training)

    def of_method(self, method: type[BatchHasher], parameters: dict[str, Any]) -> Iterator[Task]:
        """Yield a task for each code length and trial."""
        made: Any = method
        for bits, trial in product(self.sweep.bits, range(self.sweep.trials)):
            self._check(made(bits, **parameters))
            config = BatchConfig(
                **self.common,  # type: ignore[arg-type]
                setting=self.sweep.setting,
                method=method.name,
                method_parameters=tuple(sorted(parameters.items())),
                bits=bits,
                trial=trial,
            )
            yield self.task(method, config, batch_protocol(config))

    def _check(self, method: BatchHasher) -> None:
        try:
            method.check(self.n_training, self.dataset.features.shape[1])
        except InputError as error:
            raise InputError(f"--set {error}") from None

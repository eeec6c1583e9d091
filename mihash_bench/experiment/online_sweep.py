"""Sweeps of the online setting: streams with a trigger."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar

from mihash_bench.datasets.base import Dataset, DatasetSource
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import RunConfig, protocol
from mihash_bench.experiment.retrieval import draw_retrieval
from mihash_bench.experiment.sweep import DatasetTasks, Place, Sweep
from mihash_bench.experiment.task import Task
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.registry import METHODS, Registry


@dataclass(frozen=True, kw_only=True)
class OnlineSweep(Sweep):
    """A sweep of streams; every combination also of triggers.

    examples: None for each dataset's own default. epochs: how often the stream may pass through the database.
    """

    known_methods: ClassVar[Registry] = METHODS

    triggers: tuple[str, ...]
    examples: int | None
    epochs: int
    reservoir: int
    update_interval: int
    threshold: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.threshold) and self.threshold >= 0):
            raise InputError(f"--threshold: {self.threshold} is not allowed (allowed: a number of bits, 0 or more)")
        if self.reservoir == 0 and "on" in self.triggers:
            raise InputError("--reservoir: 0 leaves nothing for --trigger on to judge by (allowed: at least 1)")
        for method in self.method_classes:
            if method.uses_reservoir and self.reservoir == 0:
                raise InputError(f"--reservoir: 0 leaves {method.name} nothing to learn against (allowed: at least 1)")

    @property
    def size(self) -> int:
        """How many runs it has."""
        return super().size * len(self.triggers)

    def tasks_of(self, place: Place, source: DatasetSource, dataset: Dataset) -> "OnlineTasks":
        """Return what makes the tasks of one dataset."""
        return OnlineTasks(self, place, source, dataset)


class OnlineTasks(DatasetTasks):
    """The tasks of one dataset."""

    def __init__(self, sweep: OnlineSweep, place: Place, source: DatasetSource, dataset: Dataset) -> None:
        super().__init__(sweep, place, source, dataset)
        self.sweep = sweep
        self.n_database = n_database = len(draw_retrieval(dataset, sweep.seed).database)
        self.usual_examples = self._whole_decisions(min(source.examples, n_database))
        self.examples = self.usual_examples if sweep.examples is None else sweep.examples
        self._check_examples(n_database)

    def _whole_decisions(self, examples: int) -> int:
        """Return the examples up to the last table decision; what comes after it changes nothing that is measured."""
        return examples // self.sweep.update_interval * self.sweep.update_interval

    def _check_examples(self, n_database: int) -> None:
        most, least, name = n_database * self.sweep.epochs, self.sweep.update_interval, self.source.name
        if self.examples > most:
            raise InputError(
                f"--examples: {self.examples} (allowed for {name}: at most {most}, its database of {n_database} rows "
                f"times {self.sweep.epochs} epochs)"
            )
        if self.sweep.examples is None and self.examples < least:
            raise InputError(f"--update-interval: {least} (allowed for {name}: at most its stream)")
        if self.examples < least:
            raise InputError(f"--examples: {self.examples} (allowed: at least one --update-interval, {least})")
        self.examples = self._whole_decisions(self.examples)

    def of_method(self, method: type[OnlineHasher], parameters: dict[str, Any]) -> Iterator[Task]:
        """Yield a task for each code length, trigger and trial."""
        sweep = self.sweep
        unlabelled = method.needs_labels and self.dataset.labels is None
        skip = f"{method.name} needs labels, {self.source.name} has none" if unlabelled else ""
        for bits, trigger, trial in product(sweep.bits, sweep.triggers, range(sweep.trials)):
            self._check_step(method, bits, parameters)
            config = self._config(method, parameters, bits, trigger, trial)
            yield self.task(method, config, protocol(config, self.usual_examples), skip)

    def _check_step(self, method: type[OnlineHasher], bits: int, parameters: dict[str, Any]) -> None:
        made: Any = method
        instance: OnlineHasher = made(bits, **parameters)
        instance.check(self.n_database, self.dataset.features.shape[1])
        step = instance.examples_per_step
        if self.sweep.update_interval % step:
            raise InputError(
                f"--update-interval: {self.sweep.update_interval} (allowed for {method.name} at {bits} bits: "
                f"multiples of {step})"
            )

    def _config(
        self, method: type[OnlineHasher], parameters: dict[str, Any], bits: int, trigger: str, trial: int
    ) -> RunConfig:
        sweep = self.sweep
        return RunConfig(
            **self.common,  # type: ignore[arg-type]
            setting="online",
            method=method.name,
            method_parameters=tuple(sorted(parameters.items())),
            bits=bits,
            trigger=trigger,
            trial=trial,
            examples=self.examples,
            reservoir=sweep.reservoir,
            update_interval=sweep.update_interval,
            threshold=sweep.threshold + 0.0,  # -0.0 is 0
        )

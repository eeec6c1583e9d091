"""A sweep: what the user asked for, checked, and turned into one task for each run."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from joblib import cpu_count

from mihash_bench.codes import MAX_BITS
from mihash_bench.datasets.base import Dataset, DatasetSource
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import RunConfig, protocol, run_key, variant
from mihash_bench.experiment.parameter_grid import ParameterGrid
from mihash_bench.experiment.retrieval import draw_retrieval
from mihash_bench.experiment.task import Task
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.metrics.spec import MetricSpec
from mihash_bench.parameters import check, defaults
from mihash_bench.registry import DATASETS, METHODS
from mihash_bench.store.layout import run_path


@dataclass(frozen=True)
class Sweep:
    """What to run: every combination of datasets, methods, bits, triggers, trials and ``--set`` values.

    examples: None for each dataset's own default. epochs: how often the stream may pass through the database.
    sets: texts such as ``mihash.step_size=0.5,1``. Raises InputError, naming the option, for what cannot be.
    """

    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    bits: tuple[int, ...]
    triggers: tuple[str, ...]
    trials: int
    examples: int | None
    epochs: int
    checkpoints: int
    metrics: tuple[MetricSpec, ...]
    reservoir: int
    update_interval: int
    threshold: float
    seed: int
    threads: int = 1
    sets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for bits in self.bits:
            if not 1 <= bits <= MAX_BITS:
                raise InputError(f"--bits: {bits} is not allowed (allowed: 1 to {MAX_BITS})")
        if self.threads > cpu_count():
            raise InputError(f"--threads: {self.threads} (allowed: up to the {cpu_count()} cores there are)")
        if not (math.isfinite(self.threshold) and self.threshold >= 0):
            raise InputError(f"--threshold: {self.threshold} is not allowed (allowed: a number of bits, 0 or more)")
        if self.reservoir == 0 and "on" in self.triggers:
            raise InputError("--reservoir: 0 leaves nothing for --trigger on to judge by (allowed: at least 1)")
        for method in self.method_classes:
            self._check_method(method)

    @property
    def method_classes(self) -> list[type[OnlineHasher]]:
        """The classes of the methods, in the order named."""
        return [METHODS.get(name) for name in self.methods]

    @property
    def source_classes(self) -> list[type[DatasetSource]]:
        """The classes of the datasets, in the order named."""
        return [DATASETS.get(name) for name in self.datasets]

    @property
    def size(self) -> int:
        """How many runs it has."""
        owners: list[Any] = [*self.method_classes, *self.source_classes]
        grid = ParameterGrid(self.sets, {owner.name: owner for owner in owners})
        methods = sum(grid.count(owner) for owner in self.method_classes)
        datasets = sum(grid.count(owner) for owner in self.source_classes)
        return methods * datasets * len(self.bits) * len(self.triggers) * self.trials

    def _check_method(self, method: type[OnlineHasher]) -> None:
        if method.uses_reservoir and self.reservoir == 0:
            raise InputError(f"--reservoir: 0 leaves {method.name} nothing to learn against (allowed: at least 1)")


@dataclass(frozen=True)
class Place:
    """Where things are: results folder, data files, cache."""

    results: Path
    data_dir: Path
    cache_dir: Path


def build_tasks(sweep: Sweep, place: Place) -> list[Task]:
    """Return one task for each run of the sweep, each checked.

    Datasets that are not in the cache yet are prepared. Raises InputError before any run exists if any of them could
    not be done as asked.
    """
    owners: list[Any] = [*sweep.method_classes, *sweep.source_classes]
    grid = ParameterGrid(sweep.sets, {owner.name: owner for owner in owners})
    method_variants = [(c, parameters) for c in sweep.method_classes for parameters in grid.combinations(c)]
    for method, parameters in method_variants:
        check(method.name, method.constraints, parameters)
    tasks: list[Task] = []
    for source_class in sweep.source_classes:
        for source in (source_class(**parameters) for parameters in grid.combinations(source_class)):
            builder = _DatasetTasks(sweep, place, source, source.load(place.data_dir, place.cache_dir, verify=True))
            tasks += [task for method, parameters in method_variants for task in builder.of_method(method, parameters)]
    return tasks


class _DatasetTasks:
    """The tasks of one dataset."""

    def __init__(self, sweep: Sweep, place: Place, source: DatasetSource, dataset: Dataset) -> None:
        self.sweep, self.place, self.source, self.dataset = sweep, place, source, dataset
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
        sweep = self.sweep
        for bits, trigger, trial in product(sweep.bits, sweep.triggers, range(sweep.trials)):
            self._check_step(method, bits, parameters)
            yield self._task(method, self._config(method, parameters, bits, trigger, trial))

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
            setting="online",
            dataset=self.source.name,
            dataset_parameters=tuple(sorted(self.source.get_params().items())),
            method=method.name,
            method_parameters=tuple(sorted(parameters.items())),
            bits=bits,
            trigger=trigger,
            trial=trial,
            examples=self.examples,
            checkpoints=sweep.checkpoints,
            metrics=tuple(str(spec) for spec in sweep.metrics),
            reservoir=sweep.reservoir,
            update_interval=sweep.update_interval,
            threshold=sweep.threshold + 0.0,  # -0.0 is 0
            seed=sweep.seed,
            threads=sweep.threads,
        )

    def _task(self, method: type[OnlineHasher], config: RunConfig) -> Task:
        key = run_key(config, self.dataset.digest, method.version)
        names = {name: getattr(config, name) for name in ("setting", "dataset", "method", "bits", "trigger", "trial")}
        unlabelled = method.needs_labels and self.dataset.labels is None
        return Task(
            config=config,
            key=key,
            dataset_digest=self.dataset.digest,
            method_version=method.version,
            variant=variant(config, defaults(method), defaults(type(self.source))),
            protocol=protocol(config, self.usual_examples),
            method_title=method.title,
            dataset_title=self.source.title,
            path=run_path(self.place.results, key=key, **names),
            data_dir=self.place.data_dir,
            cache_dir=self.place.cache_dir,
            skip=f"{method.name} needs labels, {self.source.name} has none" if unlabelled else "",
        )

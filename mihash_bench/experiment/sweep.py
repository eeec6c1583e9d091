"""A sweep: what the user asked for, checked, and turned into one task for each run."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from joblib import cpu_count

from mihash_bench.codes import MAX_BITS
from mihash_bench.datasets.base import Dataset, DatasetSource
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import AnyConfig, run_key, variant
from mihash_bench.experiment.parameter_grid import ParameterGrid
from mihash_bench.experiment.task import Task
from mihash_bench.metrics.base import Metric
from mihash_bench.parameters import check, defaults
from mihash_bench.registry import BATCH_METHODS, DATASETS, METHODS, Registry
from mihash_bench.store.layout import run_path

MethodVariant = tuple[Any, dict[str, Any]]


@dataclass(frozen=True)
class Place:
    """Where things are: results folder, data files, cache."""

    results: Path
    data_dir: Path
    cache_dir: Path


@dataclass(frozen=True, kw_only=True)
class Sweep(ABC):
    """What to run: every combination of datasets, methods, bits, trials and ``--set`` values, and what a setting adds.

    sets: texts such as ``mihash.step_size=0.5,1``. Raises InputError, naming the option, for what cannot be.
    """

    known_methods: ClassVar[Registry]

    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    bits: tuple[int, ...]
    trials: int
    checkpoints: int
    metrics: tuple[Metric, ...]
    seed: int
    threads: int = 1
    sets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for bits in self.bits:
            if not 1 <= bits <= MAX_BITS:
                raise InputError(f"--bits: {bits} is not allowed (allowed: 1 to {MAX_BITS})")
        if self.threads > cpu_count():
            raise InputError(f"--threads: {self.threads} (allowed: up to the {cpu_count()} cores there are)")
        assert self.method_classes  # looks the names up

    @property
    def method_classes(self) -> list[Any]:
        """The classes of the methods, in the order named."""
        return [self._method(name) for name in self.methods]

    def _method(self, name: str) -> Any:
        known = self.known_methods.names()
        for setting, registry in (("online", METHODS), ("batch-1", BATCH_METHODS)):
            if name not in known and name in registry.names():
                raise InputError(f"--method: {name} is of --setting {setting} (allowed here: {', '.join(known)})")
        return self.known_methods.get(name)

    @property
    def source_classes(self) -> list[type[DatasetSource]]:
        """The classes of the datasets, in the order named."""
        return [DATASETS.get(name) for name in self.datasets]

    @property
    def grid(self) -> ParameterGrid:
        """The values of ``--set``."""
        owners: list[Any] = [*self.method_classes, *self.source_classes]
        return ParameterGrid(self.sets, {owner.name: owner for owner in owners})

    @property
    def method_variants(self) -> list[MethodVariant]:
        """Each method's class with each of its full parameter sets."""
        return [(each, parameters) for each in self.method_classes for parameters in self.grid.combinations(each)]

    @property
    def size(self) -> int:
        """How many runs it has."""
        methods = sum(self.grid.count(owner) for owner in self.method_classes)
        datasets = sum(self.grid.count(owner) for owner in self.source_classes)
        return methods * datasets * len(self.bits) * self.trials

    @abstractmethod
    def tasks_of(self, place: Place, source: DatasetSource, dataset: Dataset) -> "DatasetTasks":
        """Return what makes the tasks of one dataset. Raises InputError for one that the setting cannot be done on."""


class DatasetTasks(ABC):
    """The tasks of one dataset."""

    def __init__(self, sweep: Sweep, place: Place, source: DatasetSource, dataset: Dataset) -> None:
        self.place, self.source, self.dataset = place, source, dataset
        self.common = {
            "dataset": source.name,
            "dataset_parameters": tuple(sorted(source.get_params().items())),
            "checkpoints": sweep.checkpoints,
            "metrics": tuple(str(metric) for metric in sweep.metrics),
            "seed": sweep.seed,
            "threads": sweep.threads,
        }

    @abstractmethod
    def of_method(self, method: Any, parameters: dict[str, Any]) -> Iterator[Task]:
        """Yield the tasks of one method with one set of parameters."""

    def task(self, method: Any, config: AnyConfig, protocol: str, skip: str = "") -> Task:
        """Return the task of a run."""
        key = run_key(config, self.dataset.digest, method.version)
        names = {name: getattr(config, name) for name in ("setting", "dataset", "method", "bits", "trigger", "trial")}
        return Task(
            config=config,
            key=key,
            dataset_digest=self.dataset.digest,
            method_version=method.version,
            variant=variant(config, defaults(method), defaults(type(self.source))),
            protocol=protocol,
            method_title=method.title,
            dataset_title=self.source.title,
            path=run_path(self.place.results, key=key, **names),
            data_dir=self.place.data_dir,
            cache_dir=self.place.cache_dir,
            skip=skip,
        )


def build_tasks(sweep: Sweep, place: Place) -> list[Task]:
    """Return one task for each run of the sweep, each checked.

    Datasets that are not in the cache yet are prepared. Raises InputError before any run exists if any of them could
    not be done as asked.
    """
    for method, parameters in sweep.method_variants:
        check(method.name, method.constraints, parameters)
    tasks: list[Task] = []
    for source_class in sweep.source_classes:
        for source in (source_class(**parameters) for parameters in sweep.grid.combinations(source_class)):
            builder = sweep.tasks_of(place, source, source.load(place.data_dir, place.cache_dir, verify=True))
            tasks += [task for method, given in sweep.method_variants for task in builder.of_method(method, given)]
    return tasks

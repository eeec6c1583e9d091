"""A sweep: checks the options given by the user and creates one task for each run."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mihash_bench.datasets.base import Dataset, DatasetSource
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config, run_key
from mihash_bench.experiment.options import Options
from mihash_bench.experiment.parameter_grid import ParameterGrid
from mihash_bench.own_data.known import dataset_class, file_of
from mihash_bench.parameters import check
from mihash_bench.plugins import loaded_specs
from mihash_bench.settings.base import Planned, Setting, Variant, listed_settings
from mihash_bench.store.layout import run_path
from mihash_bench.sweeps.code import code_digest, metric_codes, plugin_facts
from mihash_bench.sweeps.made_by import python_facts, sweep_facts
from mihash_bench.sweeps.naming import other_parameters, variant_of
from mihash_bench.sweeps.older_keys import with_older_file
from mihash_bench.sweeps.owners import OTHERS
from mihash_bench.sweeps.plug_in_errors import planning
from mihash_bench.sweeps.task import RunTask

DATA_DIR = Path("datasets")


@dataclass(frozen=True)
class Folders:
    """The folders of results, data files and prepared datasets."""

    results: Path
    data_dir: Path
    cache_dir: Path


@dataclass(frozen=True)
class Sweep:
    """All combinations of datasets, methods, trials, ``set`` values and swept options of one setting.

    candidates: parameter sets that are run instead of those of ``set``, each with the name of its method. files:
    facts about the TOML files that the options come from, for the run files. data_dir: the folder below which imported
    datasets are looked for first. Raises InputError, naming the option, if options are not allowed.
    """

    setting: Setting
    options: Options
    candidates: tuple[tuple[str, dict[str, Any]], ...] = ()
    files: tuple[Mapping[str, str], ...] = ()
    data_dir: Path = DATA_DIR

    def __post_init__(self) -> None:
        with planning(self.method_classes):
            self.setting.check(self.options, self.method_classes)

    @cached_property
    def method_classes(self) -> list[Any]:
        """The classes of the methods, in the given order."""
        return [self._method(name) for name in self.options.method]

    def _method(self, name: str) -> Any:
        known = self.setting.methods.names()
        if name not in known:
            for other in listed_settings():
                if name in other.methods.names():
                    allowed = f"allowed here: {', '.join(known)}"
                    raise InputError(f"--method: {name} belongs to --setting {other.name} ({allowed})")
        return self.setting.methods.get(name)

    @cached_property
    def source_classes(self) -> list[type[DatasetSource]]:
        """The classes of the datasets, in the given order."""
        return [dataset_class(name, self.data_dir) for name in self.options.dataset]

    @cached_property
    def other_classes(self) -> list[Any]:
        """The classes that only some settings have, such as backbones, in the given order."""
        return [OTHERS[kind].get(name) for kind in OTHERS for name in getattr(self.options, kind, ())]

    @cached_property
    def grid(self) -> ParameterGrid:
        """The parameter values of ``set``."""
        owners: list[Any] = [*self.method_classes, *self.source_classes, *self.other_classes]
        with planning(owners):
            return ParameterGrid(self.options.set, {owner.name: owner for owner in owners})

    @cached_property
    def variants(self) -> list[Variant]:
        """Each pair of a method's class and one of its full parameter sets."""
        if self.candidates:
            return [(self.setting.methods.get(name), parameters) for name, parameters in self.candidates]
        return [(each, parameters) for each in self.method_classes for parameters in self.grid.combinations(each)]

    @property
    def size(self) -> int:
        """The number of runs, computed without creating them."""
        methods = len(self.candidates) or sum(self.grid.count(owner) for owner in self.method_classes)
        datasets = sum(self.grid.count(owner) for owner in self.source_classes)
        size = methods * datasets * self.options.combinations
        for kind, registry in OTHERS.items():
            names = getattr(self.options, kind, ())
            # Each class is one of the combinations already.
            size = size * sum(self.grid.count(registry.get(name)) for name in names) // len(names) if names else size
        return size

    def tasks(self, folders: Folders) -> list[RunTask]:
        """Return one checked task for each run. Datasets that are not yet in the cache are prepared.

        Raises InputError if any of the runs is not possible with the given options, or if a class of a plug-in fails.
        """
        for method, parameters in self.variants:
            with planning([method]):
                check(method.name, method.constraints, parameters)
        with planning([*self.method_classes, *self.source_classes, *self.other_classes]):
            return [task for source in self._sources() for task in self._on(source, folders)]

    def _sources(self) -> Iterator[DatasetSource]:
        for source_class in self.source_classes:
            for parameters in self.grid.combinations(source_class):
                yield source_class(**parameters)

    def _on(self, source: DatasetSource, folders: Folders) -> Iterator[RunTask]:
        dataset = source.load(folders.data_dir, folders.cache_dir, verify=True)
        self.setting.check_dataset(dataset)
        self.setting.check_split(self.options, dataset)
        for planned in self.setting.plan(self.options, source, dataset, self.variants):
            yield self._task(planned, source, dataset, folders)

    def _task(self, planned: Planned, source: DatasetSource, dataset: Dataset, folders: Folders) -> RunTask:
        config = planned.config
        method = self.setting.methods.get(config.method)
        code = code_digest(config)
        key = run_key(config, dataset.digest, method.version, code)
        task = RunTask(
            config=config,
            key=key,
            dataset_digest=dataset.digest,
            method_version=method.version,
            variant=variant_of(
                (method, config.method_parameters),
                (type(source), config.dataset_parameters),
                *other_parameters(self.setting, config),
            ),
            protocol=planned.protocol,
            method_title=method.title,
            dataset_title=source.title_of(dataset.shape),
            shape=dataset.shape,
            path=run_path(folders.results, key=key, **config.names),
            results=folders.results,
            data_dir=folders.data_dir,
            cache_dir=folders.cache_dir,
            skip=planned.skip,
            sizes=planned.sizes,
            code=code,
            metric_code=json.dumps(metric_codes(config.metrics)),
            plugins=loaded_specs(),
            imported=file_of(type(source)),
            made_by=self._made_by(config),
        )
        return with_older_file(task)

    def _made_by(self, config: Config) -> dict[str, Any]:
        plugins = plugin_facts(config)
        files = {"sweep_files": self.files} if self.files else {}
        return {**python_facts(), **sweep_facts(self.options, plugins), **files, **plugins}


def tasks_of(sweeps: Sequence[Sweep], folders: Folders) -> list[RunTask]:
    """Return the runs of several sweeps without duplicates."""
    return list({task.key: task for sweep in sweeps for task in sweep.tasks(folders)}.values())

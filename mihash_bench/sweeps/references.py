"""Reference values of finished runs, computed from their datasets or read from the results folder."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from mihash_bench.datasets.base import Dataset, default_cache_dir
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import ENGINE, Config, Parameters, resolved
from mihash_bench.metrics.base import parse_metric
from mihash_bench.own_data.known import dataset_class
from mihash_bench.settings.base import Setting, read_config
from mihash_bench.store.reference_file import Values, key_of, path_of, read_reference, write_reference
from mihash_bench.sweeps.code import code_digest, metric_codes

FLOAT = "float"
REFERENCES = (FLOAT,)


class References:
    """The mAP and other metrics that the queries of runs reach without hash codes.

    name: ``float``, by which rows are ranked by the cosine of their features. Values are kept in
    ``RESULTS/references`` under a key that has all that they depend on, so that the dataset is read only once.
    complain: is given a line for what cannot be computed, kept or read.
    """

    def __init__(
        self, name: str, results: Path, data_dir: Path, cache_dir: Path | None, complain: Callable[[str], None]
    ) -> None:
        self.name, self._results, self._complain = name, results, complain
        self._data_dir, self._cache_dir = data_dir, cache_dir or default_cache_dir()
        self._load = lru_cache(1)(self._prepare)
        self._known: dict[str, Values] = {}
        self._said: set[str] = set()

    def _say(self, line: str) -> None:
        """Complain once, however many runs there are to which it applies."""
        if line not in self._said:
            self._said.add(line)
            self._complain(line)

    def values(self, config: str, digest: str, metric: str) -> Mapping[str, float]:
        """Return the values of a metric for a run, by the number of examples, or "" if there is one for all.

        config, digest: the canonical text of the config and the digest of the dataset. Empty if there is no value, for
        example because the metric needs Hamming distances.
        """
        try:
            if parse_metric(metric).needs_distances:
                return {}
            setting, read = read_config(config)
            codes = {"engine": ENGINE, "code": code_digest(read), "metric_code": metric_codes((metric,))}
            facts = {**setting.view_facts(read), "dataset_digest": digest, **codes}
            return self._values(setting, read, facts, metric)
        except InputError as error:
            self._say(f"left out: --reference {self.name} of {metric}: {error}")
            return {}

    def _values(self, setting: Setting, config: Config, facts: dict[str, Any], metric: str) -> Mapping[str, float]:
        key = key_of(self.name, facts)
        path = path_of(self._results, self.name, key)
        if key not in self._known:
            self._known[key] = self._read(path, key)
        known = self._known[key]
        if metric not in known:
            known[metric] = self._computed(setting, config, str(facts["dataset_digest"]), metric)
            self._write(path, key, facts, known)
        return known[metric]

    def _computed(self, setting: Setting, config: Config, digest: str, metric: str) -> dict[str, float]:
        # Imported late so that reports that draw no reference load no compiled code.
        from mihash_bench.experiment.float_ranking import float_values

        if setting.needs_images:
            raise InputError(f"{setting.name} learns from images (allowed: settings that learn from features)")
        dataset = self._load(config.dataset, config.dataset_parameters)
        if dataset.digest != digest:
            raise InputError(f"--data-dir: the files of {config.dataset} are not those of the runs")
        wanted = [parse_metric(metric)]
        views = setting.views(config, dataset)
        return {"" if seen is None else str(seen): float_values(view, wanted)[metric] for seen, view in views}

    def _prepare(self, name: str, parameters: Parameters) -> Dataset:
        source_class = dataset_class(name, self._data_dir)
        loaded: Dataset = source_class(**resolved(source_class, parameters)).load(self._data_dir, self._cache_dir)
        return loaded

    def _read(self, path: Path, key: str) -> Values:
        try:
            return read_reference(path, key)
        except InputError as error:
            self._say(f"{error} and is replaced")
            return {}

    def _write(self, path: Path, key: str, facts: Mapping[str, Any], values: Values) -> None:
        try:
            write_reference(path, key, facts, values)
        except OSError as error:
            self._say(f"{path}: cannot be written ({error.strerror}), so it will be computed again")

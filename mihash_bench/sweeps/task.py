"""One run as plain values that can be sent to a child process, and the method that performs it there."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mihash_bench.datasets.base import Dataset, Shape
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config, resolved
from mihash_bench.experiment.keeping import USUAL_BYTES, Keeper
from mihash_bench.experiment.result import Observer
from mihash_bench.own_data.source import class_of_file
from mihash_bench.plugins import load_plugins
from mihash_bench.registry import DATASETS
from mihash_bench.settings.base import setting_of
from mihash_bench.store.companions import TrainingFile, write_metrics
from mihash_bench.store.origin import origin_columns
from mihash_bench.store.record import Columns
from mihash_bench.store.run_file import RunRecord, read_run
from mihash_bench.sweeps.code import IMPORTED, code_digest, metric_codes
from mihash_bench.sweeps.later import (
    can_be_measured,
    later_codes,
    measured_later,
    missing_engines,
    missing_metrics,
    together,
    usable_later,
    with_engines,
    with_later_metrics,
    with_metrics,
)
from mihash_bench.sweeps.metric_code import METRIC_CODE
from mihash_bench.sweeps.owners import others_in
from mihash_bench.sweeps.verify import record_fault


@dataclass(frozen=True)
class RunTask:
    """A run's config and key, the paths of its data and its file, and its labels.

    skip: the reason why the run is skipped, or "". keep_bytes: the most bytes that the hash functions at its
    checkpoints may take to be kept; None for no limit. learn_again: whether a finished run is done anew.
    sizes: those of its stream, its hash table and its queries, one line for each round.
    note: what the user should know before the run is done, or "". made_by: facts about what made the run, such as the
    command; they change no result and are stored in its file (``store.origin``). code: the digest of the source of
    plug-ins that the run uses, or "". metric_code: the digests of the source of plug-ins' metrics, as JSON. plugins:
    what loads the plug-ins of the sweep in another process. imported: the file of an imported dataset; None for others.
    shape: that of the dataset.
    """

    config: Config
    key: str
    dataset_digest: str
    method_version: int
    variant: str
    protocol: str
    method_title: str
    dataset_title: str
    path: Path
    results: Path
    data_dir: Path
    cache_dir: Path
    skip: str = ""
    sizes: tuple[str, ...] = ()
    keep_bytes: int | None = USUAL_BYTES
    learn_again: bool = False
    note: str = ""
    code: str = ""
    metric_code: str = "{}"
    plugins: tuple[str, ...] = ()
    shape: Shape | None = None
    imported: Path | None = None
    made_by: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def label(self) -> str:
        """A short description of the run for the screen."""
        return run_label(self.attributes())

    @property
    def threads(self) -> int:
        """The number of threads that the run uses."""
        return self.config.threads

    def attributes(self) -> dict[str, Any]:
        """Return the attributes that the run's file has for any outcome."""
        return {
            **self.config.names,
            "variant": self.variant,
            "protocol": self.protocol,
            "metrics": ",".join(self.config.metrics),
            "config": self.config.to_json(),
            "key": self.key,
            "dataset_digest": self.dataset_digest,
            "method_version": self.method_version,
            "method_title": self.method_title,
            "dataset_title": self.dataset_title,
            "code": self.code,
            "split": self.config.split,
            **({} if self.shape is None else asdict(self.shape)),
            "metric_code": self.metric_code,
            **({"dataset_is": IMPORTED} if self.imported else {}),
        }

    def origin(self) -> Columns:
        """Return what made the run, for its file."""
        return origin_columns(self.made_by)

    def fault(self, record: RunRecord) -> str:
        """Return what is wrong with a record that was read from the run's file, or ""; see ``verify.record_fault``."""
        if record.attributes.get("key") != self.key:
            return f"its key is {str(record.attributes.get('key'))[:8]}..., but that of the run is {self.key[:8]}..."
        return record_fault(record, self.path, self.results)

    def lacks(self, record: RunRecord) -> str:
        """Return what a finished run's record lacks of what is asked for, or ""; see ``measure``."""
        if engines := missing_engines(record, self.config):
            return f"{', '.join(engines)} will be measured while it is learned again"
        missing = missing_metrics(record, self.path, self.config.metrics)
        if not missing:
            return ""
        how = "measured from its snapshots" if can_be_measured(record, self.path) else "learned again, none were kept"
        return f"{', '.join(missing)} will be {how}"

    def measure(self, observer: Observer) -> bool:
        """Add the metrics that a finished run lacks, if its hash functions were kept. Return whether this was done.

        Raises InputError if the dataset's files have changed in the meantime.
        """
        self._load_plugins()
        record = self._finished()
        if record is None or self.learn_again or missing_engines(record, self.config):
            return False
        if not can_be_measured(record, self.path):
            return False
        missing = missing_metrics(record, self.path, self.config.metrics)
        if missing:
            later = measured_later(record, self.path, self._dataset(), missing, observer)
            before = usable_later(record, self.path)
            codes = {**(later_codes(self.path) if before.curve else {}), **metric_codes(tuple(missing))}
            write_metrics(self.path, self.key, together(before, later), {METRIC_CODE: json.dumps(codes)})
        return bool(missing)

    def perform(self, observer: Observer) -> RunRecord:
        """Perform the run in this process. A finished run that is done anew keeps the metrics that it has.

        Raises InputError if the dataset's files have changed in the meantime.
        """
        self._load_plugins()
        setting, before = setting_of(self.config.setting), self._finished()
        config = self.config if before is None else with_engines(with_metrics(self.config, before), before)
        result = setting.run(config, self._dataset(), observer, self._keeper())
        about = replace(self, config=config, metric_code=json.dumps(metric_codes(config.metrics))).attributes()
        if taken := about.keys() & result.costs.keys():
            raise InputError(
                f"its setting or table policy gives another {', '.join(sorted(taken))} (allowed: new names)"
            )
        how = result.table_seconds or setting.table_seconds
        attributes = {**about, **result.costs, "table_s_is": how, "diverged": result.diverged}
        groups = (result.curve, result.trigger, result.final, result.preprocessing)
        return RunRecord(attributes, *groups, self.origin(), result.per_query, kept=result.kept)

    def _keeper(self) -> Keeper:
        # The method may change the working directory.
        return Keeper(self.keep_bytes, TrainingFile(self.path.absolute(), self.key))

    def _load_plugins(self) -> None:
        """Load the plug-ins of the sweep in this process. Raises InputError if their code has changed since."""
        load_plugins(self.plugins)
        if code_digest(self.config) != self.code or json.dumps(metric_codes(self.config.metrics)) != self.metric_code:
            raise InputError("--plugin: the code of a plug-in has changed since the sweep began (repeat the command)")

    def _finished(self) -> RunRecord | None:
        """Return the record of the run if it is finished, with its later metrics."""
        try:
            record = read_run(self.path)
            finished = record.attributes["status"] == "done" and not self.fault(record)
            return with_later_metrics(record, self.path)[0] if finished else None
        except InputError:
            return None

    def _dataset(self) -> Dataset:
        source_class = class_of_file(self.imported) if self.imported else DATASETS.get(self.config.dataset)
        source = source_class(**resolved(source_class, self.config.dataset_parameters))
        dataset: Dataset = source.load(self.data_dir, self.cache_dir)
        if dataset.digest != self.dataset_digest:
            raise InputError(f"--data-dir: the files of {self.config.dataset} have changed since the sweep began")
        return dataset


def run_label(about: Mapping[str, Any]) -> str:
    """Return a short description of a run from its attributes."""
    split = ", split trial" if about.get("split") == "trial" else ""
    return f"{series_label(about)}{split}, trial {about['trial']}"


def series_label(about: Mapping[Any, Any]) -> str:
    """Return a short description of runs that differ in their trial only, from their attributes."""
    method = about["method"] + (f"[{about['variant']}]" if about["variant"] else "")
    how = setting_of(str(about["setting"])).label(about)
    others = "".join(f", {kind} {name}" for kind, name in others_in(str(about.get("protocol", ""))))
    return f"{about['dataset']} {method} {about['bits']} bits, {how}{others}"

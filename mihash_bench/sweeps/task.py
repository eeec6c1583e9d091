"""One run as plain values that can be sent to a child process, and the method that performs it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config, resolved
from mihash_bench.experiment.result import Observer
from mihash_bench.registry import DATASETS
from mihash_bench.settings.base import setting_of
from mihash_bench.store.run_file import RunRecord
from mihash_bench.sweeps.verify import record_fault


@dataclass(frozen=True)
class RunTask:
    """A run's config and key, the paths of its data and its file, and its labels.

    skip: the reason why the run is skipped, or "".
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
        }

    def fault(self, record: RunRecord) -> str:
        """Return what is wrong with a record that was read from the run's file, or ""; see ``verify.record_fault``."""
        if record.attributes.get("key") != self.key:
            return f"its key is {str(record.attributes.get('key'))[:8]}..., but that of the run is {self.key[:8]}..."
        return record_fault(record, self.path, self.results)

    def perform(self, observer: Observer) -> RunRecord:
        """Perform the run in this process. Raises InputError if the dataset's files have changed in the meantime."""
        source_class = DATASETS.get(self.config.dataset)
        source = source_class(**resolved(source_class, self.config.dataset_parameters))
        dataset = source.load(self.data_dir, self.cache_dir)
        if dataset.digest != self.dataset_digest:
            raise InputError(f"--data-dir: the files of {self.config.dataset} have changed since the sweep began")
        setting = setting_of(self.config.setting)
        result = setting.run(self.config, dataset, observer)
        attributes = {**self.attributes(), **result.costs, "table_s_is": setting.table_seconds}
        return RunRecord(attributes, result.curve, result.trigger, result.final, result.preprocessing)


def run_label(about: Mapping[str, Any]) -> str:
    """Return a short description of a run from its attributes."""
    method = about["method"] + (f"[{about['variant']}]" if about["variant"] else "")
    how = setting_of(str(about["setting"])).label(about)
    return f"{about['dataset']} {method} {about['bits']} bits, {how}, trial {about['trial']}"

"""One run to be done: plain values that a child process can be given, and the record it ends in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mihash_bench.experiment.config import AnyConfig
from mihash_bench.store.run_file import RunRecord, write_run

TRACEBACK_CHARACTERS = 30_000


@dataclass(frozen=True)
class Task:
    """A run's config and key, where its dataset lies, where its file goes, and how it is labelled.

    ``skip`` is the reason why it cannot be done at all, or empty.
    """

    config: AnyConfig
    key: str
    dataset_digest: str
    method_version: int
    variant: str
    protocol: str
    method_title: str
    dataset_title: str
    path: Path
    data_dir: Path
    cache_dir: Path
    skip: str = ""

    @property
    def label(self) -> str:
        """The run in a few words, for the screen."""
        return run_label(self.attributes())

    def attributes(self) -> dict[str, Any]:
        """Return what every record of this run says about it, whatever became of it."""
        config = self.config
        names = ("setting", "dataset", "method", "bits", "trigger", "trial")
        return {
            **{name: getattr(config, name) for name in names},
            "variant": self.variant,
            "protocol": self.protocol,
            "metrics": ",".join(config.metrics),
            "config": config.to_json(),
            "key": self.key,
            "dataset_digest": self.dataset_digest,
            "method_version": self.method_version,
            "method_title": self.method_title,
            "dataset_title": self.dataset_title,
        }


def run_label(about: Mapping[str, Any]) -> str:
    """Return a run in a few words, from its attributes."""
    method = about["method"] + (f"[{about['variant']}]" if about["variant"] else "")
    how = f"trigger {about['trigger']}" if about["setting"] == "online" else about["setting"]
    return f"{about['dataset']} {method} {about['bits']} bits, {how}, trial {about['trial']}"


def record_end(task: Task, status: str, reason: str, trace: str, about: Mapping[str, Any]) -> None:
    """Write the file of a run that gave no result: status failed, timeout, killed or skipped, with its reason."""
    end = {"status": status, "reason": reason, "traceback": trace[-TRACEBACK_CHARACTERS:]}
    write_run(task.path, RunRecord({**task.attributes(), **about, **end}))

"""A results folder with real runs of all kinds, and the kinds whose files are attacked."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mihash_bench.running.child import do_run
from mihash_bench.running.supervisor import Ending, record_ending
from mihash_bench.settings.base import read_config
from mihash_bench.store import provenance
from mihash_bench.store.layout import run_path
from mihash_bench.store.run_file import read_run
from mihash_bench.sweeps.choose import sweep_of
from mihash_bench.sweeps.sweep import Folders
from mihash_bench.sweeps.task import RunTask
from tests.faults.mutations import GOLDEN_RUN

ONLINE = {
    "method": "lsh,adapthash,sketchhash", "dataset": "synthetic", "set": "synthetic.n=400", "bits": "8", "trials": "2",
    "trigger": "on", "examples": "100", "checkpoints": "3",
}  # fmt: skip
BATCH = {
    "setting": "batch-1", "method": "sdh", "dataset": "synthetic",
    "set": "synthetic.n=1600,synthetic.classes=2,sdh.n_anchors=20,sdh.epochs=2",
    "bits": "8", "trials": "2", "checkpoints": "3",
}  # fmt: skip
OLD = {
    "method": "mihash", "dataset": "synthetic", "bits": "4", "trials": "1", "trigger": "on", "examples": "30",
    "checkpoints": "2", "update_interval": "10", "set": "synthetic.n=40,synthetic.d=4,synthetic.classes=2",
}  # fmt: skip
FAILED = Ending("failed", "ValueError: it did not converge", "Traceback (most recent call last):\nValueError: no")
SKIPPED = Ending("skipped", "its sketch would be too small", "")


@dataclass(frozen=True)
class Kind:
    """A kind of run: the options of its sweep, and where the file that is attacked is in the results folder."""

    name: str
    sweep: dict[str, str]
    place: Path

    @property
    def arguments(self) -> list[str]:
        """The options of its sweep on the command line."""
        options = {name: value for name, value in self.sweep.items() if name != "set"}
        sets = self.sweep["set"].split(",")
        given = [(f"--{name.replace('_', '-')}", value) for name, value in options.items()]
        return [part for pair in [*given, *(("--set", text) for text in sets)] for part in pair]


class Quiet:
    """A connection to which nobody listens."""

    def send(self, message: object) -> None:
        """Ignore a message."""


def make_runs(folder: Path) -> list[Kind]:
    """Perform small runs in ``folder/results`` and return their kinds."""
    results = folder / "results"
    places: dict[str, Path] = {}
    for options in (ONLINE, BATCH):
        for task in _tasks(options, folder):
            name = _write(task)
            places.setdefault(name, task.path.relative_to(results))
    places["old schema"] = _old(results)
    sweeps = {"batch": BATCH, "old schema": OLD}
    return [Kind(name, sweeps.get(name, ONLINE), place) for name, place in places.items()]


def _tasks(options: dict[str, Any], folder: Path) -> list[RunTask]:
    given = {**options, "set": options["set"].split(",")}
    return sweep_of({}, given).tasks(Folders(folder / "results", folder / "data", folder / "cache"))


def _write(task: RunTask) -> str:
    """Write the run's file and return the name of its kind."""
    endings = {"adapthash": FAILED, "sketchhash": SKIPPED}
    if ending := endings.get(task.config.method):
        record_ending(task, provenance.now(), ending)
        return ending.status
    do_run(task, Quiet())  # type: ignore[arg-type]
    return "batch" if task.config.setting == "batch-1" else "online"


def _old(results: Path) -> Path:
    about = read_run(GOLDEN_RUN).attributes
    _, config = read_config(str(about["config"]))
    place = run_path(results, key=str(about["key"]), **config.names)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(GOLDEN_RUN, place)
    return place.relative_to(results)

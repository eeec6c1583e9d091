"""Kills, interrupts and stops a sweep at random moments, with a fixed seed, until it is done.

Its runs are of both settings. SIGTERM and Ctrl-C end a sweep in order; SIGHUP and SIGQUIT end it at once, as a
kill does. A process that is stopped and continued only makes the sweep slower, and one that stays stopped is ended by
``--timeout``.
No finished run may be lost, no unfinished run may look finished, and the results must equal an undisturbed sweep."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from mihash_bench.errors import InputError
from mihash_bench.store.run_file import read_run
from mihash_bench.sweeps.verify import fault_of

SWEEP = """
bits = 8
trials = {trials}
[[sweep]]
method = ["lsh", "mihash"]
trigger = ["on", "off"]
examples = 300
checkpoints = 4
[[sweep]]
setting = "batch-1"
method = "sdh"
dataset = "synthetic"
checkpoints = 2
set = ["synthetic.n=1600", "synthetic.classes=2", "sdh.n_anchors=50", "sdh.epochs=1"]
"""
LONGEST = 2.0  # seconds before a kill, about as long as the sweep takes
STOPPED = 1.0  # seconds for which a process is stopped
TIMEOUT = 10.0  # seconds after which a stopped run is ended
SIGNALS = {"term": signal.SIGTERM, "interrupt": signal.SIGINT, "hangup": signal.SIGHUP, "quit": signal.SIGQUIT}
KILLS = ("parent", "child", "both")
STOPS = ("stop sweep", "stop server", "stop guard", "stop child", "stop guard for ever", "stop child for ever")
WAYS = (*KILLS, *SIGNALS, *STOPS)


@dataclass
class Report:
    """The figures of a round, and findings to inspect."""

    kills: int = 0
    survived: int = 0
    sweeps: int = 0
    equal: int = 0
    worrying: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return the figures in one line."""
        return (
            f"kills {self.kills}, survived {self.survived}; sweeps finished {self.sweeps}, results equal to an "
            f"undisturbed sweep {self.equal}; lost, half-written or orphaned {len(self.worrying)}"
        )


def command(results: Path, cache: Path, trials: int) -> list[str]:
    """Return the sweep as a command."""
    config = cache.with_name("sweep.toml")
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(SWEEP.replace("{trials}", str(trials)))
    where = ["--config", str(config), "-o", str(results), "--cache-dir", str(cache), "-j", "2"]
    return [sys.executable, "-m", "mihash_bench.cli", "run", *where]


def contents(results: Path) -> dict[str, Any]:
    """Return the content on which two equal sweeps agree, by file."""
    found = {}
    for path in sorted((results / "runs").rglob("*.h5")):
        if path.name.startswith("."):
            continue
        record = read_run(path)
        curve = {name: column for name, column in record.curve.items() if not name.endswith("_s")}
        arrays = {**curve, **record.trigger, **record.final}
        found[path.name] = (record.attributes["status"], {name: array.tobytes() for name, array in arrays.items()})
    return found


def _kill(process: subprocess.Popen[bytes], way: str, rng: np.random.Generator) -> list[psutil.Process]:
    """Kill the sweep and return the processes that must not outlive it."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        family = []
    if way in STOPS:
        _stop(process, way, family, rng)
    elif way in ("child", "both") and family:
        victim = family[int(rng.integers(len(family)))]
        with suppress(psutil.Error):
            victim.kill()
    if way in ("parent", "both"):
        process.kill()
    elif way in SIGNALS:
        process.send_signal(SIGNALS[way])
    return family


def _stop(process: subprocess.Popen[bytes], way: str, family: list[psutil.Process], rng: np.random.Generator) -> None:
    """Stop the sweep, the process from which runs are forked, a guard or a run, and mostly continue it."""
    with suppress(psutil.Error, IndexError):
        victims = _by_role(psutil.Process(process.pid), family)[way.split()[1]]
        victim = victims[int(rng.integers(len(victims)))] if victims else None
        if victim is not None:
            victim.suspend()
            if not way.endswith("for ever"):
                time.sleep(float(rng.uniform(0, STOPPED)))
                victim.resume()


def _by_role(sweep: psutil.Process, family: list[psutil.Process]) -> dict[str, list[psutil.Process]]:
    """Return the processes of a sweep: its server is the child that has children, which are the guards of the runs."""
    parents = {process.pid: process.ppid() for process in family if process.is_running()}
    server = [each for each in family if parents.get(each.pid) == sweep.pid and each.pid in parents.values()]
    guards = [each for each in family if parents.get(each.pid) in {process.pid for process in server}]
    runs = [each for each in family if parents.get(each.pid) in {process.pid for process in guards}]
    return {"sweep": [sweep], "server": server, "guard": guards, "child": runs}


def _orphans(family: list[psutil.Process], patience: float = 60.0) -> list[psutil.Process]:
    """Return the descendants of a dead process that are still alive.

    The process from which runs are forked notices the death after its imports, which take long on a busy machine.
    """
    return psutil.wait_procs(family, timeout=patience)[1]


def _check(results: Path, before: dict[str, int], report: Report, what: str) -> dict[str, int]:
    """Record incomplete files and finished ones that are missing or changed. Return the finished ones."""
    now = {}
    for path in (results / "runs").rglob("*.h5"):
        if path.name.startswith("."):
            continue
        try:
            if read_run(path).attributes["status"] in ("done", "skipped"):
                now[path.name] = path.stat().st_mtime_ns
        except InputError as error:
            report.worrying.append(f"{what}: {error}")
    report.worrying += [f"{what}: {name} is lost or changed" for name, at in before.items() if now.get(name) != at]
    return now


def kill_sweeps(
    kills: int,
    folder: Path,
    seed: int = 0,
    ways: Sequence[str] = WAYS,
    trials: int = 2,
    attempts: tuple[int, int] = (3, 6),
) -> Report:
    """Kill sweeps at ``kills`` random moments, each sweep again and again until it is done, then the next.

    folder: may hold the undisturbed sweep of an earlier call. trials: of each of the five kinds of runs in a sweep.
    attempts: the lowest and the highest number of times that a sweep is killed.
    """
    report = Report()
    cache, plain = folder / "cache", folder / "plain"
    if not plain.is_dir():
        subprocess.run(command(plain, cache, trials), check=True, capture_output=True)
    expected = contents(plain)
    rng = np.random.default_rng(seed)
    while report.kills < kills:
        results = folder / f"killed-{seed}-{report.sweeps}"
        again = command(results, cache, trials)
        finished: dict[str, int] = {}
        for _ in range(int(rng.integers(*attempts, endpoint=True))):
            finished = _one_kill(again, results, finished, rng, report, ways)
        done = subprocess.run(again, capture_output=True, text=True, check=False)
        _check(results, finished, report, "last run")
        report.sweeps += 1
        if done.returncode == 0 and contents(results) == expected and not _left(results):
            report.equal += 1
        else:
            report.worrying.append(f"{results.name}: exit {done.returncode}, {done.stdout[-300:]}{done.stderr[-300:]}")
    return report


def _left(results: Path) -> list[Path]:
    """Return temporary files of runs and incomplete files."""
    runs = [path for path in (results / "runs").rglob("*.h5*") if ".locks" not in path.parts]
    return [path for path in runs if path.name.startswith(".") or fault_of(path, results)]


def _one_kill(
    command: Sequence[str],
    results: Path,
    finished: dict[str, int],
    rng: np.random.Generator,
    report: Report,
    ways: Sequence[str],
) -> dict[str, int]:
    way = ways[int(rng.integers(len(ways)))]
    process = subprocess.Popen(
        [*command, "--timeout", str(TIMEOUT)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    )
    time.sleep(float(rng.uniform(0, LONGEST)))
    in_time = process.poll() is None
    family = _kill(process, way, rng)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        report.worrying.append(f"kill {report.kills} ({way}): did not end")
    what = f"kill {report.kills} ({way})"
    left = _orphans(family)
    report.worrying += [f"{what}: orphan {orphan}" for orphan in left]
    before = len(report.worrying)
    now = _check(results, finished, report, what)
    if in_time and (family or way not in ("child", *STOPS)):
        # A sweep that had ended already, or had no child yet, was not killed.
        report.kills += 1
        report.survived += len(report.worrying) == before and not left
    return now

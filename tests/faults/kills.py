"""Kills a sweep at random moments, with a fixed seed, until it is done.

No finished run may be lost, no unfinished run may look finished, and the results must equal an undisturbed sweep."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from mihash_bench.errors import InputError
from mihash_bench.store.run_file import read_run
from mihash_bench.sweeps.verify import fault_of

SWEEP = [
    "--method", "lsh,mihash", "--bits", "8", "--trials", "2", "--trigger", "on,off", "--examples", "300",
    "--checkpoints", "4", "-j", "2",
]  # fmt: skip
LONGEST = 1.6  # seconds before a kill, about as long as the sweep takes
WAYS = ("parent", "child", "both", "term", "interrupt")


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


def command(results: Path, cache: Path) -> list[str]:
    """Return the sweep as a command."""
    return [sys.executable, "-m", "mihash_bench.cli", "run", *SWEEP, "-o", str(results), "--cache-dir", str(cache)]


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
    if way in ("child", "both") and family:
        victim = family[int(rng.integers(len(family)))]
        with suppress(psutil.Error):
            victim.kill()
    if way in ("parent", "both"):
        process.kill()
    elif way != "child":
        process.send_signal(signal.SIGTERM if way == "term" else signal.SIGINT)
    return family


def _orphans(family: list[psutil.Process], patience: float = 10.0) -> list[psutil.Process]:
    """Return the descendants of a dead process that are still alive."""
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


def kill_sweeps(kills: int, folder: Path, seed: int = 0) -> Report:
    """Kill sweeps at ``kills`` random moments, each sweep again and again until it is done, then the next."""
    report = Report()
    cache, plain = folder / "cache", folder / "plain"
    subprocess.run(command(plain, cache), check=True, capture_output=True)
    expected = contents(plain)
    rng = np.random.default_rng(seed)
    while report.kills < kills:
        results = folder / f"killed-{report.sweeps}"
        finished: dict[str, int] = {}
        for _ in range(int(rng.integers(3, 7))):
            finished = _one_kill(results, cache, finished, rng, report)
        done = subprocess.run(command(results, cache), capture_output=True, text=True, check=False)
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
    results: Path, cache: Path, finished: dict[str, int], rng: np.random.Generator, report: Report
) -> dict[str, int]:
    way = WAYS[int(rng.integers(len(WAYS)))]
    process = subprocess.Popen(
        command(results, cache), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ)
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
    if in_time and (way != "child" or family):
        # A sweep that had ended already, or had no child yet, was not killed.
        report.kills += 1
        report.survived += len(report.worrying) == before and not left
    return now

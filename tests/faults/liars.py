"""Sweeps with plug-ins that lie: each costs itself only, and its record says why.

The other runs' files are equal to those of a sweep without liars, and nothing is left running.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import psutil

from mihash_bench.errors import InputError
from mihash_bench.store.run_file import read_run
from tests.faults.kills import contents
from tests.faults.lies import BATCH, DATASETS, DECLARED, LIES, LOADING, METRICS, SLOW, SNAPSHOTS, TITLES, plug_ins
from tests.faults.outcomes import Report
from tests.faults.patience import Patience

PATIENCE = 300.0  # seconds for a sweep, as ``Patience`` counts them
TIMEOUT = 15.0  # seconds for a run that only ``--timeout`` ends
TRACEBACK = "Traceback (most recent call last)"
LONG = 600.0  # seconds for any other run: enough on a busy machine
ONLINE = ("--bits", "8", "--trials", "1", "--trigger", "on", "--examples", "200", "--checkpoints", "3", "-j", "2")
SETS = ("--set", "synthetic.n=1600", "--set", "synthetic.classes=2")
BATCHES = (
    "--setting",
    "batch-1",
    "--dataset",
    "synthetic",
    *SETS,
    "--bits",
    "8",
    "--trials",
    "1",
    "--checkpoints",
    "2",
)


@dataclass(frozen=True)
class Kind:
    """Lying methods that are run together with an honest one: the options of their sweep, and what becomes of them.

    wanted: the status of each run by the name of its method; a snapshot that is refused is a failed run.
    """

    name: str
    sweep: Sequence[str]
    place: str
    honest: str
    wanted: dict[str, str]
    timeout: float = LONG


KINDS = (
    Kind(
        "methods",
        ONLINE,
        "online/sample",
        "lsh",
        {
            **{name: status for name, (_, status) in LIES.items()},
            **dict.fromkeys(SNAPSHOTS, "failed"),
            **dict.fromkeys(TITLES, "done"),
        },
    ),
    Kind(
        "endless methods", ONLINE, "online/sample", "lsh", {name: status for name, (_, status) in SLOW.items()}, TIMEOUT
    ),
    Kind(
        "batch methods",
        BATCHES,
        "batch-1/synthetic",
        "batch-honest",
        {name: status for name, (_, status) in BATCH.items()},
    ),
)


def tell_lies(folder: Path, names: Sequence[str] | None = None, others: int | None = None) -> Report:
    """Do a sweep for each kind of lying methods, and one for each lying dataset, metric and entry point.

    names: the methods, by default all. others: how many of the other plug-ins, None for all.
    """
    report = Report(good=("recorded", "refused", "same", "done"))
    plug_ins(folder / "plug-ins")
    for kind in KINDS:
        if chosen := [name for name in kind.wanted if names is None or name in names]:
            _tell(kind, chosen, folder, report)
    singles = [*LOADING, *DECLARED, *(f"data-{name}" for name in DATASETS), *(f"metric-{name}" for name in METRICS)]
    for name in singles[:: 1 if others is None else max(1, len(singles) // others)]:
        _judge_single(folder, name, report)
    return report


def _tell(kind: Kind, names: Sequence[str], folder: Path, report: Report) -> None:
    """Do one sweep with an honest method and these lying ones, and judge it."""
    results, plain = folder / kind.name.replace(" ", "-"), folder / f"plain {kind.name}"
    _sweep(folder, plain, "--method", kind.honest, *kind.sweep)
    expected = contents(plain)
    mark = f"liar-{os.getpid()}-{results.name}"
    methods = ",".join(dict.fromkeys([kind.honest, *names]))
    given = ("--method", methods, *kind.sweep, "--timeout", str(kind.timeout))
    _judge_sweep(_sweep(folder, results, *given, mark=mark), kind.name, report)
    for name in names:
        outcome, said = _judge_record(results / "runs" / kind.place / name, kind.wanted[name])
        report.note(outcome, f"{kind.name}: {name}", said)
    found = contents(results)
    same = bool(expected) and all(found.get(name) == content for name, content in expected.items())
    report.note("same" if same else "silent", f"{kind.name}: the files of other runs")
    left = _left(mark)
    report.note("same" if not left else "hang", f"{kind.name}: processes that were left: {left}")


def _sweep(folder: Path, results: Path, *options: str, mark: str = "") -> subprocess.CompletedProcess[str] | None:
    """Do a sweep and return how it ended, or None if it hangs."""
    command = [sys.executable, "-m", "mihash_bench.cli", "run", *options, "-o", str(results)]
    command += ["--cache-dir", str(folder / "cache")]
    environment = {**os.environ, "PYTHONPATH": _python_path(folder / "plug-ins"), "MARK": mark}
    streams = [(folder / name).open("w+", errors="replace") for name in ("printed", "errors")]
    with streams[0] as printed, streams[1] as errors:
        process = subprocess.Popen(command, stdout=printed, stderr=errors, env=environment)
        patience = Patience(process.pid, PATIENCE)
        while process.poll() is None:
            if patience.is_over():
                process.kill()
                process.wait()
                return None
            time.sleep(0.1)
        said = [stream.seek(0) or stream.read() for stream in (printed, errors)]
    return subprocess.CompletedProcess(command, process.returncode, *said)


def _python_path(folder: Path) -> str:
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH", "")])])


def _judge_sweep(done: subprocess.CompletedProcess[str] | None, case: str, report: Report) -> None:
    if done is None:
        report.note("hang", case)
        return
    wrong = TRACEBACK in done.stderr
    said = traceback_in(done.stderr) if wrong else done.stdout + done.stderr
    # A plug-in that raises KeyboardInterrupt while it is imported ends the command as Ctrl-C does.
    crashed = done.returncode not in (0, 1, 2, 130)
    outcome = "traceback" if wrong else "crash" if crashed else "refused" if done.returncode == 2 else "done"
    report.note(outcome, case, said[-400:])


def traceback_in(text: str) -> str:
    """Return the first traceback in a text, up to the line of its error, which may have anything behind it."""
    first, *lines = text[text.index(TRACEBACK) :].splitlines()
    frames = list(takewhile(lambda line: line.startswith(" "), lines))
    return "\n".join([first, *frames, *lines[len(frames) : len(frames) + 1]])


def _judge_record(folder: Path, wanted: str) -> tuple[str, str]:
    """Compare the status of a liar's run with what it should be; a run that is not done says why."""
    found = list(folder.glob("*.h5"))
    if len(found) != 1:
        return "silent", f"{len(found)} files"
    try:
        about = read_run(found[0]).attributes
    except InputError as error:
        return "silent", str(error)
    status, reason = str(about["status"]), str(about["reason"])
    if wanted != status and not (wanted == "either" and status in ("done", "failed")):
        return "silent", f"{status} instead of {wanted}: {reason}"
    return ("done", "") if status == "done" else ("recorded" if reason else "unnamed", reason)


def _judge_single(folder: Path, name: str, report: Report) -> None:
    """Name one lying plug-in: refused in one line that names it, or the run's record says why."""
    kind = name.partition("-")[0]
    more = {"data": ["--dataset", name], "metric": ["--metric", f"mAP,{name}"]}.get(kind, [])
    method = name if kind in ("import", "declared") else "lsh"
    done = _sweep(folder, folder / f"single-{name}", "--method", method, *ONLINE, *more, "--timeout", str(LONG))
    if done is not None and done.returncode == 0 and name != "metric-nans":  # NaN leaves a query out
        report.note("silent", f"{kind}: {name}", done.stdout[-200:])
    elif done is not None and done.returncode == 2:
        lines = done.stderr.splitlines()
        good = len(lines) == 1 and (name in lines[0] or kind == "data")
        outcome = "traceback" if "Traceback" in done.stderr else "refused" if good else "unnamed"
        report.note(outcome, f"{kind}: {name}", done.stderr[-300:])
    else:
        _judge_sweep(done, f"{kind}: {name}", report)


def _left(mark: str) -> list[int]:
    """Return the processes that carry a mark, given a moment to be gone."""
    found: list[int] = []
    for _ in range(40):
        found = [each.pid for each in psutil.process_iter(["cmdline"]) if mark in (each.info["cmdline"] or [])]
        if not found:
            break
        time.sleep(0.05)
    return found

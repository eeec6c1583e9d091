"""A sweep into a small file system that is full, then larger; and reports that do not fit.

The results equal those of an undisturbed sweep, nothing is half-written, and the errors are lines.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mihash_bench.store.layout import run_paths
from mihash_bench.sweeps.verify import fault_of
from tests.faults.kills import contents
from tests.faults.outcomes import Report
from tests.faults.patience import run_patiently

SWEEP = [
    "--method", "lsh", "--bits", "8", "--trigger", "on", "--examples", "200", "--checkpoints", "3", "-j", "1",
]  # fmt: skip
CACHES = (".index", ".derived")
PLAN = ".plan"
PATIENCE = 120.0  # seconds
SIZES = tuple(range(16, 200, 12))  # KiB; a run file has about 50


@contextmanager
def small_disk(folder: Path, kibibytes: int) -> Iterator[Path]:
    """Mount a file system of this size. Raises PermissionError with the reason if that is not possible here."""
    folder.mkdir(parents=True)
    if reason := _mount(folder, f"size={kibibytes}k"):
        folder.rmdir()
        raise PermissionError(reason)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)
        folder.rmdir()


def reason_to_skip(folder: Path) -> str:
    """Return why no file system can be mounted here, or ""."""
    try:
        with small_disk(folder, 64):
            return ""
    except PermissionError as error:
        return str(error)


def _mount(folder: Path, options: str) -> str:
    if not sys.platform.startswith("linux") or shutil.which("mount") is None:
        return "small file systems are mounted on Linux only"
    if os.geteuid() != 0:
        return "only root can mount a file system"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    return done.stderr.strip() if done.returncode else ""


def fill_disks(folder: Path, sizes: Sequence[int] = SIZES, trials: int = 4) -> Report:
    """Do a sweep of so many runs on a disk of each of these sizes in KiB, and enlarge each."""
    report = Report(good=("refused", "same", "skipped"))
    if reason := reason_to_skip(folder / "disk"):
        report.note("skipped", f"no disk: {reason}")
        return report
    sweep = [*SWEEP, "--trials", str(trials), "--cache-dir", str(folder / "cache")]
    _run("run", *sweep, "-o", folder / "plain")
    expected = contents(folder / "plain")
    for size in sizes:
        with small_disk(folder / f"disk-{size}", size) as disk:
            _sweep_on(disk, size, sweep, expected, report)
            _reports_on(disk, folder / "plain", report, size)
    return report


def _sweep_on(disk: Path, size: int, sweep: Sequence[str], expected: dict[str, object], report: Report) -> None:
    results = disk / "results"
    command = ["run", *sweep, "-o", str(results)]
    _note(_run(*command), f"run: {size} KiB", report)
    _whole(results, f"run: files on {size} KiB", report)
    subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
    done = _run(*command)
    same = done.returncode == 0 and contents(results) == expected
    report.note(
        "same" if same else "silent", f"run: continued after {size} KiB", done.stdout[-200:] + done.stderr[-200:]
    )
    _whole(results, f"run: files after {size} KiB", report)
    shutil.rmtree(results)


def _reports_on(disk: Path, results: Path, report: Report, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}k", str(disk)], check=True)
    (disk / "filling").write_bytes(bytes(max(0, (size - 8) << 10)))
    for verb, output in (("plot", disk / "figures"), ("export", disk / "runs.csv")):
        few = ["--x", "examples"] if verb == "plot" else []
        done = _run(verb, results, *few, "-o", output)
        _note(done, f"{verb}: {size} KiB", report)
        left = [path for path in disk.rglob("*") if path.is_file() and path.name not in ("filling", *CACHES)]
        # The CSV is complete and stays if only the file that says how it was made has no room.
        kept = [path.name for path in left] == ["runs.csv"] and "runs.provenance.json" in done.stderr
        good = not left or done.returncode == 0 or kept
        report.note("same" if good else "silent", f"{verb}: files on {size} KiB: {[path.name for path in left]}")
        for path in left:
            path.unlink()


def _whole(results: Path, case: str, report: Report) -> None:
    """Note whether there is a half-written or temporary file."""
    paths = [path for path in (results / "runs").rglob("*") if path.is_file() and ".locks" not in path.parts]
    bad = [path.name for path in paths if path.name.startswith(".") and path.name not in (*CACHES, PLAN)]
    paths = run_paths(results)[0] if results.is_dir() else []
    bad += [fault for path in paths if (fault := fault_of(path, results))]
    report.note("same" if not bad else "silent", case, str(bad))


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command. One that hangs is killed and has the exit code of SIGKILL."""
    command = [sys.executable, "-m", "mihash_bench.cli", *map(str, arguments)]
    return run_patiently(command, PATIENCE) or subprocess.CompletedProcess(command, -signal.SIGKILL, "", "")


def _note(done: subprocess.CompletedProcess[str], case: str, report: Report) -> None:
    """A full disk is exit code 1 (runs) or 2 (all else), in lines; a sweep that fits is 0."""
    if done.returncode == -signal.SIGKILL:
        report.note("hang", case)
        return
    wrong = "Traceback (most recent call last)" in done.stdout + done.stderr
    outcome = "traceback" if wrong else "crash" if done.returncode not in (0, 1, 2) else "refused"
    if outcome == "refused" and done.returncode == 2 and len(done.stderr.splitlines()) != 1:
        outcome = "unnamed"
    report.note("same" if done.returncode == 0 and outcome == "refused" else outcome, case, done.stderr[-300:])

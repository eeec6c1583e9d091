"""All readers of run files, in one list, and a process that calls them on a results folder.

Each folder is read in a forked child with a limit on memory and time, so that a crash or a hanging reader costs one
case only. The readers are called as a user calls them, with the streams of the child as their terminal.
"""

import multiprocessing
import os
import resource
import shutil
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import psutil

from tests.faults.patience import Patience

PATIENCE = 60.0  # seconds for one reader, as ``Patience`` counts them
MEMORY = 1 << 30  # bytes that a reader may allocate in addition to what the process holds already
POLLS = 100  # between two looks at the processor time
OUTPUT = 1 << 20  # characters of output that are kept
# Of the process that reads, from its start: importing the main module may import everything else.
# The other allocators of Arrow reserve more address space than a reader may have.
ENVIRONMENT = {"MPLBACKEND": "agg", "ARROW_DEFAULT_MEMORY_POOL": "system"}


@dataclass(frozen=True)
class Case:
    """What readers are called on.

    results: a results folder. sweep: the options of a sweep. file: the attacked one. cache, output: folders for
    prepared datasets and for what is written. other: the results folder before the attack.
    """

    results: Path
    sweep: Sequence[str]
    file: Path
    cache: Path
    output: Path
    other: Path | None = None


@dataclass(frozen=True)
class Reader:
    """A way to read run files.

    codes: its exit codes when a file is refused; none if it leaves the file out. lines: how many it prints besides the
    refusal with exit code 1, or None if it shows what it refuses. reads: all files of the folder, those of the sweep,
    or one file. slow: whether it is left out of most cases.
    """

    name: str
    call: Callable[[Case], None]
    codes: Sequence[int] = ()
    reads: str = "folder"
    slow: bool = False
    lines: int | None = 0


def verb(*arguments: str) -> Callable[[Case], None]:
    """Return a reader that calls a verb of the command line."""

    def call(case: Case) -> None:
        from mihash_bench.cli.main import main

        values = {"results": str(case.results), "output": str(case.output), "cache": str(case.cache)}
        values |= {"file": str(case.file), "other": str(case.other)}
        given = [part.format(**values) for part in arguments]
        main([part for each in given for part in (case.sweep if each == "SWEEP" else [each])])

    return call


def frame(case: Case) -> None:
    """Print the frame of ``load_results`` without its paths, which would pass for names of refused files."""
    import mihash_bench

    print(mihash_bench.load_results(case.results).drop(columns="path").to_csv(index=False))


def encoder(case: Case) -> None:
    """Load the encoder of the attacked file."""
    import mihash_bench
    from mihash_bench.errors import InputError

    try:
        loaded = mihash_bench.load_encoder(case.file)
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    print(f"an encoder of {loaded.n_bits} bits")


READERS = (
    Reader(
        "run --dry-run",
        verb("run", "SWEEP", "--dry-run", "-o", "{results}", "--cache-dir", "{cache}"),
        reads="sweep",
    ),
    Reader("table", verb("table", "{results}")),
    Reader("table csv", verb("table", "{results}", "--format", "csv", "--metric", "mAP")),
    Reader("table latex", verb("table", "{results}", "--format", "latex")),
    Reader("table --strict", verb("table", "{results}", "--strict"), (2,)),
    Reader("export", verb("export", "{results}", "-o", "{output}/runs.csv")),
    Reader("export --strict", verb("export", "{results}", "-o", "{output}/runs.csv", "--strict"), (2,)),
    Reader("status", verb("status", "{results}")),
    Reader("verify", verb("verify", "{results}"), (1,), lines=1),
    Reader("compare", verb("compare", "{results}", "{other}")),
    Reader("compare --strict", verb("compare", "{other}", "{results}", "--strict"), (2,)),
    Reader("merge", verb("merge", "{results}", "-o", "{output}/merged"), (1,), lines=2),
    Reader("remove", verb("remove", "{results}", "--status", "done,failed,skipped")),
    Reader("show", verb("show", "{file}"), (1, 2), "file", lines=None),
    Reader("show --json", verb("show", "{file}", "--json"), (1, 2), "file", lines=None),
    Reader("load_results", frame),
    Reader("load_encoder", encoder, (2,), "file"),
    Reader("plot", verb("plot", "{results}", "-o", "{output}"), slow=True),
    Reader("plot --strict", verb("plot", "{results}", "-o", "{output}", "--strict"), (2,)),
)


# ``run`` itself: the attacked run is due, or it is refused; what it leaves in its place is looked at.
def run_sweep(case: Case) -> None:
    """Become a sweep, which starts processes of its own."""
    arguments = ["run", *case.sweep, "-o", str(case.results), "--cache-dir", str(case.cache), "-j", "1"]
    os.execv(sys.executable, [sys.executable, "-m", "mihash_bench.cli", *arguments])


RUN = Reader("run", run_sweep, reads="sweep")

# Readers of source files: here the folder of the case holds them, and its sweep is the name of the dataset.
_FOLDERS = ("--data-dir", "{results}", "--cache-dir", "{cache}")
MAT_READERS = (
    Reader("datasets prepare", verb("datasets", "prepare", "SWEEP", *_FOLDERS), (2,)),
    Reader(
        "run on it",
        verb("run", "--dataset", "SWEEP", "--examples", "10", "--dry-run", "-o", "{output}", *_FOLDERS),
        (2,),
    ),
)


@dataclass(frozen=True)
class Read:
    """What a reader did: exit code, the lines that it printed, the texts that it wrote, and how it ended.

    ended: ``exit``, ``traceback``, ``crash`` or ``hang``.
    """

    ended: str
    code: int = 0
    lines: Sequence[str] = ()
    files: Sequence[tuple[str, str]] = ()

    @property
    def said(self) -> str:
        """The end of what it printed, in one line."""
        return " | ".join(self.lines)[-300:]


class Desk:
    """A process that has loaded everything that readers need and forks a child for each folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, folder), daemon=True)
        with mock.patch.dict(os.environ, ENVIRONMENT):
            self._process.start()
        there.close()

    def read(self, case: Case, names: Sequence[str], memory: int = MEMORY) -> dict[str, Read]:
        """Call the named readers, one after the other."""
        self._pipe.send((case, list(names), memory))
        return dict(self._pipe.recv())

    def close(self) -> None:
        """End the process."""
        with suppress(OSError):
            self._pipe.send(None)
        self._process.join(10)
        self._process.kill()


def _serve(pipe: Any, folder: Path) -> None:
    _preload()
    while (asked := pipe.recv()) is not None:
        case, names, memory = asked
        pipe.send({name: _forked(name, case, memory, folder) for name in names})


def _preload() -> None:
    """Import what readers import, so that no child has to."""
    for name in ("matplotlib.pyplot", "mihash_bench.api", "mihash_bench.cli.main"):
        import_module(name)
    from mihash_bench.settings.base import listed_settings

    for setting in listed_settings():
        list(setting.methods.classes())


def _forked(name: str, case: Case, memory: int, folder: Path) -> Read:
    printed = folder / "printed"
    shutil.rmtree(case.output, ignore_errors=True)
    case.output.mkdir(parents=True)
    child = os.fork()
    if child == 0:
        _in_child(name, case, memory, printed)
    status = _wait(child)
    with printed.open(errors="replace") as file:
        lines = file.read(OUTPUT).splitlines()
    if status is None:
        return Read("hang", lines=lines)
    if os.WIFSIGNALED(status):
        return Read("crash", -os.WTERMSIG(status), lines)
    wrong = any("Traceback (most recent call last)" in line and not line.startswith("    ") for line in lines)
    ended = "traceback" if wrong else "exit"
    return Read(ended, os.waitstatus_to_exitcode(status), lines, _texts(case.output))


def _in_child(name: str, case: Case, memory: int, printed: Path) -> None:
    """Call a reader with its streams in a file, and exit. Never returns."""
    code = 70
    try:
        os.setpgid(0, 0)
        stream = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for number in (1, 2):
            os.dup2(stream, number)
        held = psutil.Process().memory_info().vms
        resource.setrlimit(resource.RLIMIT_AS, (held + memory, held + memory))
        # Nobody waits for this process any more if its parent has been killed.
        resource.setrlimit(resource.RLIMIT_CPU, (int(2 * PATIENCE), int(2 * PATIENCE)))
        warnings.showwarning = lambda message, *_: print(message, file=sys.stderr)  # type: ignore[assignment]
        warnings.simplefilter("always")
        code = _exit_code(next(each for each in (*READERS, *MAT_READERS, RUN) if each.name == name), case)
    except BaseException:  # noqa: BLE001 - what is looked for
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _exit_code(reader: Reader, case: Case) -> int:
    try:
        reader.call(case)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _wait(child: int) -> int | None:
    """Wait for a child and return its status; kill it and return None if it hangs."""
    patience = Patience(child, PATIENCE)
    while True:
        for _ in range(POLLS):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return status
            time.sleep(0.002)
        if patience.is_over():
            break
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _texts(folder: Path) -> list[tuple[str, str]]:
    """Return the name of each file of a folder, and its content if it is text."""
    found = []
    for path in sorted(folder.rglob("*")):
        text = path.suffix in (".csv", ".md", ".tex", ".txt")
        found.append((path.name, path.read_text(errors="replace")[:OUTPUT] if text else ""))
    return found

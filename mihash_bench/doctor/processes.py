"""Starting a process as a run is started."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mihash_bench.doctor.finding import Finding

SECONDS = 60.0
ADVICE = "see whether a limit on processes (ulimit -u), a container, or TMPDIR prevents it"


@dataclass(frozen=True)
class Probe:
    """A task that does nothing, in the way of a finished run to which nothing has to be added."""

    path: Path
    key: str = "doctor"
    skip: str = ""
    label: str = "doctor"
    threads: int = 1

    def here(self, results: Path) -> "Probe":
        """Return this task, which needs nothing."""
        return self

    def attributes(self) -> dict[str, Any]:
        """Return nothing, because no file is written."""
        return {}

    def origin(self) -> dict[str, Any]:
        """Return nothing, because no file is written."""
        return {}

    def fault(self, record: Any) -> str:
        """Return "", because no file is read."""
        return ""

    def lacks(self, record: Any) -> str:
        """Return "", because no file is read."""
        return ""

    def measure(self, observer: Any) -> bool:
        """Return that there is nothing left to do."""
        return True

    def perform(self, observer: Any) -> Any:
        """Raise NotImplementedError; ``measure`` comes first."""
        raise NotImplementedError


def check_processes() -> Iterator[Finding]:
    """Start a process under a guard, as for a run, and report how long it takes."""
    from mihash_bench.running.forkserver import start_server
    from mihash_bench.running.process import ForkedProcess

    began = time.perf_counter()
    try:
        start_server([])
        process = ForkedProcess(Probe(Path("doctor")))
    except (OSError, EOFError) as error:
        yield Finding("processes", "broken", f"a process cannot be started ({error})", ADVICE)
        return
    try:
        said = _answer(process)
    finally:
        process.end()
    seconds = time.perf_counter() - began
    if said:
        yield Finding("processes", "broken", said, ADVICE)
    else:
        yield Finding("processes", "ok", f"the first one started in {seconds:.1f} s", facts={"seconds": seconds})


def _answer(process: Any) -> str:
    """Return what is wrong with the answer of the process, or "" if it did what it should."""
    try:
        message = process.message(SECONDS)
    except EOFError:
        return str(process.death()[1])
    if message is None:
        return f"a process was started but did not answer within {SECONDS:g} s"
    return "" if message[0] == "done" else f"a process was started but failed: {message[1]}"

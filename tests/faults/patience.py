"""Telling processes that hang from those that are slow because the machine is busy."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from tempfile import TemporaryFile

import psutil

LOOK = 1.0  # seconds between two looks, as far as they count
LONGEST = 20  # times the limit, for a process that uses the processor a little again and again


class Patience:
    """A limit for a process and its descendants, which does not depend on how busy the machine is.

    A process hangs if it has used the processor for ``seconds``, or has not used it at all for ``seconds``. The time
    between two looks counts at most one second: if it was longer, whoever looks was stopped too.
    """

    def __init__(self, process: int, seconds: float) -> None:
        self.process, self.seconds = process, seconds
        self.before = processor_seconds(process)
        self.used = self.idle = self.waited = 0.0
        self.looked = time.monotonic()

    def is_over(self) -> bool:
        """Look at the process and return whether it hangs."""
        now = time.monotonic()
        passed, self.looked = min(LOOK, now - self.looked), now
        used = processor_seconds(self.process) - self.before
        self.idle = 0.0 if used > self.used else self.idle + passed
        self.waited += passed
        self.used = max(self.used, used)
        return max(self.used, self.idle, self.waited / LONGEST) > self.seconds


def run_patiently(
    command: Sequence[str], seconds: float, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str] | None:
    """Run a command and return how it ended and what it printed, or None if it hangs; it is killed then."""
    with (
        TemporaryFile("w+", errors="replace") as printed,
        TemporaryFile("w+", errors="replace") as errors,
        subprocess.Popen(command, stdout=printed, stderr=errors, env=environment) as process,
    ):
        patience = Patience(process.pid, seconds)
        while process.poll() is None:
            if patience.is_over():
                process.kill()
                return None
            time.sleep(0.1)
        said = [stream.seek(0) or stream.read() for stream in (printed, errors)]
    return subprocess.CompletedProcess(command, process.returncode, *said)


def processor_seconds(process: int) -> float:
    """Return the processor time of a process and of its descendants that live or have been waited for."""
    total = 0.0
    with suppress(psutil.Error):
        first = psutil.Process(process)
        for each in (first, *first.children(recursive=True)):
            with suppress(psutil.Error):
                times = each.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
    return total

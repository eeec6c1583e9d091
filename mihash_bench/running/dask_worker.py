"""The part of a sweep that dask performs on a worker: one run, in a child process, under the limits of the sweep.

It may be on another machine. If it has the results folder of the sweep, the run writes its file there; otherwise into a
folder of its own, from which it is sent back.
"""

import multiprocessing.process
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from distributed import Status, get_worker

from mihash_bench.errors import InputError
from mihash_bench.running.forkserver import start_server
from mihash_bench.running.parcel import Parcel, Returned, digest_here, files_of, own_version, unpack
from mihash_bench.running.statuses import Outcome
from mihash_bench.running.supervisor import Supervisor
from mihash_bench.running.task import Task

_STARTING = threading.Lock()
_ENDING = (Status.closing, Status.closed, Status.failed)


def perform(parcel: Parcel) -> Returned:
    """Perform a run on this worker and return its outcome."""
    worker: Any = get_worker()
    host, address = platform.node(), worker.address
    if parcel.version != own_version():
        return Returned(host, address, refusal=f"it has mihash-bench {own_version()} (needed: {parcel.version})")
    shared = _is_there(parcel.mark)
    with _results(parcel, worker, shared=shared) as results:
        try:
            task = parcel.task.here(results)
            if not shared:
                unpack(parcel.files, task.path.parent)
        except (InputError, OSError) as error:
            return Returned(host, address, refusal=str(error))
        teller = _Teller(worker, parcel.topic)
        outcome = _supervised(task, results, parcel, teller)
        digest, files = digest_here(task.path), {} if shared else files_of(task.path)
        return Returned(
            host, address, outcome.status, outcome.reason, outcome.seconds, shared, digest, files, teller.last
        )


def _is_there(mark: Path) -> bool:
    """Return whether this machine has the results folder of the sweep, by a file whose content is its name."""
    try:
        return mark.read_text() == mark.name
    except (OSError, ValueError):
        return False


@contextmanager
def _results(parcel: Parcel, worker: Any, *, shared: bool) -> Iterator[Path]:
    if shared:
        yield parcel.results
        return
    with TemporaryDirectory(prefix="run-", dir=worker.local_directory, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _supervised(task: Task, results: Path, parcel: Parcel, teller: "_Teller") -> Outcome:
    _may_have_children()
    with _STARTING:
        start_server(parcel.preload)
    stop = _Unwanted(teller.worker, teller.worker.get_current_task())
    return Supervisor(results, teller, stop, parcel.limits, parcel.rerun)(task)


def _may_have_children() -> None:
    """Allow this process to have children. Workers under a nanny are daemons, which multiprocessing forbids it.

    Its runs end with it nevertheless, because each has a guard.
    """
    multiprocessing.process.current_process()._config["daemon"] = False  # type: ignore[attr-defined]


class _Unwanted:
    """Whether nobody waits for a run any more.

    It was cancelled, the sweep or the scheduler is gone, or the worker ends.
    """

    def __init__(self, worker: Any, key: Any) -> None:
        self._worker, self._key = worker, key

    def is_set(self) -> bool:
        """Return whether the run is to be ended."""
        task = self._worker.state.tasks.get(self._key)
        return task is None or task.state == "cancelled" or self._worker.status in _ENDING


class _Teller:
    """Sends the events of a run to the sweep. last: the last one."""

    def __init__(self, worker: Any, topic: str) -> None:
        self.worker, self._topic = worker, topic
        self.last: dict[str, Any] = {}

    def started(self, task: Task) -> None:
        """Send that the run has started."""
        self._send({"key": task.key})

    def checkpoint(self, task: Task, done: int, total: int, values: dict[str, float], unit: str = "checkpoint") -> None:
        """Send how far the run is."""
        plain = {str(name): float(value) for name, value in values.items()}
        far = {"done": int(done), "total": int(total), "values": plain, "unit": unit}
        self._send({"key": task.key, **far})

    def ended(self, outcome: Outcome) -> None:
        """Send nothing: the outcome is what is returned."""

    def _send(self, event: dict[str, Any]) -> None:
        self.last = event
        self.worker.log_event(self._topic, event)

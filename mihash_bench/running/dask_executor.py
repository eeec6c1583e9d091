"""Runs on other machines: dask schedules them to workers, each of which performs a run as the local executor does."""

import logging
import queue
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import Client, LocalCluster
from distributed.scheduler import KilledWorker

from mihash_bench.errors import InputError, LostError
from mihash_bench.running.dask_worker import perform
from mihash_bench.running.events import Listener
from mihash_bench.running.forkserver import interrupts_ignored
from mihash_bench.running.local import interruptible
from mihash_bench.running.parcel import Parcel, Returned, digest_here, files_of, receive
from mihash_bench.running.process import hidden_main
from mihash_bench.running.statuses import INTERRUPTED, LACKING, UNREADABLE, Outcome, Rerun, recorded
from mihash_bench.running.supervisor import NO_LIMITS, Ending, Limits, record_ending
from mihash_bench.running.task import Task
from mihash_bench.store import provenance
from mihash_bench.store.layout import lock_path
from mihash_bench.store.lock import locked
from mihash_bench.text import message_of, one_line

CONNECT_SECONDS, POLL_SECONDS, RESULT_SECONDS = 20, 0.2, 60
# A file that another machine has written may not be seen here at once, because NFS keeps what it knows of folders.
SEEN_SECONDS = 60.0
# So long a run that all workers have refused, for example because they do not have its data, waits for another worker.
HELD_SECONDS = 60.0
# So often a run is sent to workers that end while they perform it.
MOST_SENDINGS = 4
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class DaskExecutor:
    """Performs runs on the workers of a dask scheduler.

    scheduler: its address; None for one on this machine, with a worker that performs ``jobs`` runs in parallel. limits,
    rerun, preload: as in ``LocalExecutor``.
    """

    scheduler: str | None = None
    jobs: int = 1
    limits: Limits = NO_LIMITS
    rerun: Rerun = "missing"
    preload: Sequence[str] = field(default=())

    def run(self, tasks: Sequence[Task], results: Path, listener: Listener) -> list[Outcome]:
        """Perform the runs and return their outcomes in the order in which they ended.

        A run whose worker dies is repeated on another one, up to the number of times that the scheduler allows. On
        Ctrl-C or SIGTERM, running ones are ended. Raises InputError if there is no scheduler, and LostError if it goes
        away; finished runs are kept.
        """
        stop, results = threading.Event(), results.absolute()
        with interruptible(stop), _connected(self.scheduler, self.jobs) as client, _marked(results) as mark:
            sweep = _Sweep(client, results, mark, self, listener)
            outcomes = []
            try:
                for task in tasks:
                    sweep.send(task)
                while sweep.left and not stop.is_set():
                    if (outcome := sweep.next_outcome(POLL_SECONDS)) is not None:
                        listener.ended(outcome)
                        outcomes.append(outcome)
            finally:
                left = sweep.cancel()
        return [*outcomes, *(Outcome(task, INTERRUPTED) for task in left)]


@contextmanager
def _connected(scheduler: str | None, jobs: int) -> Iterator[Any]:
    """Yield a client of a scheduler. What dask logs is not shown, because each loss is told in one line."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    cluster = _local_cluster(jobs) if scheduler is None else None
    try:
        client = _client(cluster or scheduler)
        try:
            if not client.nthreads():
                _LOG.warning("mihash-bench: no worker is connected to %s yet; waiting for one", scheduler)
            yield client
        finally:
            client.close(timeout=1)
    finally:
        if cluster is not None:
            cluster.close(timeout=10)


def _local_cluster(jobs: int) -> Any:
    with hidden_main(), interrupts_ignored():
        # The limits of runs are kept by their supervisors, not by dask, which would end the worker with all of them.
        return LocalCluster(
            n_workers=1, threads_per_worker=jobs, memory_limit=0, silence_logs=logging.CRITICAL,
            dashboard_address="127.0.0.1:0", scheduler_kwargs={"dashboard": False},
        )  # fmt: skip


def _client(where: Any) -> Any:
    try:
        return Client(where, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"--scheduler: no scheduler answers at {where} ({one_line(message_of(error))})") from None


@contextmanager
def _marked(results: Path) -> Iterator[Path]:
    """Yield a file in a results folder by which a worker recognises the folder. It is removed afterwards."""
    name = f"shared-{uuid.uuid4().hex}"
    mark = results / "runs" / ".locks" / name
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(name)
    except OSError as error:
        raise InputError(f"-o: cannot use {results} ({error.strerror})") from None
    try:
        yield mark
    finally:
        with suppress(OSError):
            mark.unlink(missing_ok=True)


@dataclass
class _Sent:
    """A run that a worker is to perform.

    refused: why workers cannot, by their address. before: the SHA-256 of the run's file when the run was first sent.
    """

    task: Task
    before: str = ""
    future: Any = None
    sendings: int = 0
    refused: dict[str, str] = field(default_factory=dict)


class _Sweep:
    """The runs of a sweep that have been sent and have not ended."""

    def __init__(self, client: Any, results: Path, mark: Path, how: DaskExecutor, listener: Listener) -> None:
        self._client, self._results, self._mark, self._how, self._listener = client, results, mark, how, listener
        self._topic = mark.name
        self._sent: dict[str, _Sent] = {}
        self._held: dict[str, tuple[float, _Sent]] = {}
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._broken: BaseException | None = None
        client.subscribe_topic(self._topic, self._tell)

    @property
    def left(self) -> bool:
        """Whether there are runs that have not ended."""
        return bool(self._sent or self._held)

    def send(self, task: Task, sent: _Sent | None = None) -> None:
        """Send a run to a worker that has not refused it."""
        sent = sent or _Sent(task, digest_here(task.path))
        sent.sendings += 1
        how = self._how
        parcel = Parcel(
            task, self._results, self._mark, self._topic, how.limits, how.rerun, how.preload, files_of(task.path)
        )
        key = f"{self._topic}-{task.key[:16]}-{sent.sendings}"
        workers = [each for each in self._client.nthreads() if each not in sent.refused] if sent.refused else None
        sent.future = self._client.submit(perform, parcel, key=key, pure=False, workers=workers)
        self._sent[key] = sent
        sent.future.add_done_callback(self._ended.put)

    def next_outcome(self, seconds: float) -> Outcome | None:
        """Wait for a run to end, but at most ``seconds``; None if none has. Raises LostError without a scheduler."""
        if self._broken is not None:
            raise self._broken
        if (outcome := self._next_held()) is not None:
            return outcome
        future = self._next_ended(seconds)
        if future is None:
            return None
        if future.status == "error":
            return self._died(self._sent.pop(future.key), future.exception())
        return self._taken(future)

    def _next_ended(self, seconds: float) -> Any:
        """Return the next future that has ended, or None after ``seconds``."""
        try:
            future = self._ended.get(timeout=seconds)
        except queue.Empty:
            if self._client.status != "running":
                raise self._lost() from None
            return None
        if future.status in ("cancelled", "lost"):
            raise self._lost()
        return future

    def _taken(self, future: Any) -> Outcome | None:
        """Fetch what a worker has returned, and return the outcome of its run; None if the run is to be sent again."""
        try:
            returned: Returned = future.result(timeout=RESULT_SECONDS)
        except (OSError, TimeoutError):
            # Its worker is gone; dask performs it on another one.
            future.add_done_callback(self._ended.put)
            return None
        if "done" in returned.last:
            self._tell((0.0, dict(returned.last)))
        sent = self._sent.pop(future.key)
        if not returned.refusal:
            return self._outcome(sent, returned)
        self._refused(sent, returned)
        return None

    def cancel(self) -> list[Task]:
        """End all runs whose end has not been taken from ``ended``, and return them.

        Without a shared folder, the files of a run that has ended on its worker and has not been fetched are given up.
        """
        left, self._sent = [*self._sent.values(), *(sent for _, sent in self._held.values())], {}
        with suppress(Exception):
            self._client.unsubscribe_topic(self._topic)
            self._client.cancel([each.future for each in left])
        return [each.task for each in left]

    def _tell(self, event: tuple[float, dict[str, Any]]) -> None:
        """Pass an event of a run to the listener, unless the run has ended."""
        about = event[1]
        sent = next((each for each in list(self._sent.values()) if each.task.key == about["key"]), None)
        if sent is None or self._broken is not None:
            return
        try:
            if "done" in about:
                self._listener.checkpoint(sent.task, about["done"], about["total"], about["values"], about["unit"])
            else:
                self._listener.started(sent.task)
        except BaseException as error:  # noqa: BLE001 - raised in the thread of the sweep
            self._broken = error

    def _lost(self) -> LostError:
        return LostError(
            f"--scheduler: the connection to {self._client.scheduler.address} was lost (finished runs are kept, and "
            f"repeating the command continues)"
        )

    def _outcome(self, sent: _Sent, returned: Returned) -> Outcome | None:
        task = sent.task
        if returned.status == INTERRUPTED and sent.sendings < MOST_SENDINGS:
            self.send(task, sent)
            return None
        outcome = Outcome(task, returned.status, returned.reason, returned.seconds)
        if returned.status in (INTERRUPTED, UNREADABLE):
            return outcome
        fault = self._unseen(sent, returned) if returned.shared else receive(task, self._results, returned.files)
        return Outcome(task, "failed", fault, returned.seconds) if fault else outcome

    def _unseen(self, sent: _Sent, returned: Returned) -> str:
        """Return "" once the run's file is seen here with its status, or that it is not.

        It is the file that the worker sees, or one that another sweep has written since.
        """
        task = sent.task
        if not returned.digest and returned.status != "done":
            return ""  # the reason says why there is no file
        until = time.monotonic() + SEEN_SECONDS
        while not self._is_new(sent, returned):
            if time.monotonic() > until:
                return f"{task.path}: it is not the file that {returned.host} has, where it is {returned.status}"
            time.sleep(POLL_SECONDS)
        return ""

    def _is_new(self, sent: _Sent, returned: Returned) -> bool:
        here = digest_here(sent.task.path)
        # An earlier file with the same status is to be replaced.
        return here in (returned.digest, *({here} - {sent.before})) and recorded(sent.task).status == returned.status

    def _refused(self, sent: _Sent, returned: Returned) -> None:
        """Hold a run for a worker that has not refused it."""
        sent.refused[returned.worker] = f"{returned.host}: {returned.refusal}"
        self._held[sent.task.key] = (time.monotonic(), sent)

    def _next_held(self) -> Outcome | None:
        """Send the runs that are held once there is a worker for them. One has failed if none has come for a while."""
        for key, (since, sent) in list(self._held.items()):
            if any(each not in sent.refused for each in self._client.nthreads()):
                del self._held[key]
                self.send(sent.task, sent)
            elif time.monotonic() > since + HELD_SECONDS:
                del self._held[key]
                reasons = "; ".join(dict.fromkeys(sent.refused.values()))
                return Outcome(sent.task, "failed", f"no worker can perform it: {reasons}")
        return None

    def _died(self, sent: _Sent, error: BaseException) -> Outcome:
        """Return the outcome of a run that no worker has survived, or that raised an error outside of its process."""
        task = sent.task
        if not isinstance(error, KilledWorker):
            return Outcome(task, "failed", one_line(f"a worker: {type(error).__name__}: {message_of(error)}"))
        times = error.allowed_failures + 1
        reason = f"workers ended while they performed it, {times} {'time' if times == 1 else 'times'}"
        with locked(lock_path(self._results, task.key)):
            found = recorded(task)
            if found.status == "done":
                return Outcome(task, "done")
            if found.status == UNREADABLE:
                return Outcome(task, UNREADABLE, found.complaint)
            if found.status == LACKING:  # its results are whole; only a later metric is missing
                return Outcome(task, "killed", reason)
            return Outcome(task, "killed", record_ending(task, provenance.now(), Ending("killed", reason)))

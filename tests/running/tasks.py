"""Tasks that have nothing to do with hashing, and processes that follow the script of a test."""

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mihash_bench.store.origin import origin_columns
from mihash_bench.store.run_file import RunRecord, write_run
from tests.store.records import ABOUT, record

# What the runner adds to the attributes of a task.
OUTCOME = ("status", "reason", "traceback", "started")


@dataclass(frozen=True)
class Sum:
    """A run that adds up numbers."""

    path: Path
    numbers: tuple[float, ...] = (1.0, 2.0)
    key: str = "a" * 64
    skip: str = ""
    threads: int = 1

    @property
    def label(self):
        return f"sum of {len(self.numbers)} numbers"

    def attributes(self):
        return {**{name: value for name, value in ABOUT.items() if name not in OUTCOME}, "key": self.key}

    def origin(self):
        return origin_columns({"command": "sum"})

    def lacks(self, record):
        return ""

    def measure(self, observer):
        return False

    def here(self, results):
        return replace(self, path=results / "runs" / self.path.name)

    def fault(self, record):
        return "" if record.attributes.get("key") == self.key else "it belongs to another run"

    def perform(self, observer):
        totals = np.cumsum(self.numbers)
        for done, total in enumerate(totals, 1):
            observer(done, len(totals), {"total": float(total)})
        return RunRecord(self.attributes(), {"total": totals})


@dataclass(frozen=True)
class Sleep(Sum):
    """A run that reports the id of its process and then never ends."""

    key: str = "b" * 64

    def perform(self, observer):
        observer(1, 2, {"pid": os.getpid()})
        time.sleep(600)


@dataclass(frozen=True)
class Environment(Sum):
    """A run that records environment variables."""

    numbers: tuple[str, ...] = ()

    def perform(self, observer):
        found = {name: os.environ[name] for name in self.numbers}
        return RunRecord({**self.attributes(), **found}, {"total": np.zeros(1)})


class Events:
    """A listener that records the events."""

    def __init__(self):
        self.seen = []

    def started(self, task):
        self.seen.append("started")

    def checkpoint(self, task, done, checkpoints, values, unit="checkpoint"):
        self.seen.append((done, checkpoints, values))

    def ended(self, outcome):
        self.seen.append(outcome.status)


class Scripted:
    """A process that sends given messages and then stays silent or dies."""

    def __init__(self, task, messages=(), dies=None, memory=0, writes=False):
        self.task, self.messages, self.dies, self.used, self.writes = task, list(messages), dies, memory, writes
        self.ended = False

    def message(self, seconds):
        if self.messages:
            if self.writes and len(self.messages) == 1:
                write_run(self.task.path, record(key=self.task.key))
            return self.messages.pop(0)
        if self.dies:
            raise EOFError
        return None

    def memory(self):
        return self.used

    def death(self):
        return self.dies

    def end(self):
        self.ended = True


def finished(task, **about):
    """Return the record of a run that has been performed; ``about`` are attributes of its own."""
    made = task.perform(lambda *event: None)
    ending = {"status": "done", "reason": "", "traceback": "", "started": "1", **about}
    return replace(made, attributes={**made.attributes, **ending})

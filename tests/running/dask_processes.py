"""A real scheduler of dask and real workers, as processes of their own."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def started(program, *options, folder, **variables):
    """A process of dask, which can import the tests, with further variables in its environment."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    with (folder / f"{program}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *options], cwd=folder, env=environment, stdout=log,
            stderr=log,
        )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def scheduler_in(folder, **variables):
    """A scheduler, and its address."""
    file = folder / "scheduler.json"
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    with started("dask_scheduler", *options, folder=folder, **variables) as process:
        yield process, wait_for(lambda: json.loads(file.read_text())["address"])


def wait_for(found, seconds=120):
    """Return what a function returns once it is true and raises no error of a file that is not complete."""
    until = time.monotonic() + seconds
    while True:
        with suppress(OSError, ValueError):
            if value := found():
                return value
        assert time.monotonic() < until
        time.sleep(0.1)


@contextmanager
def worker_of(address, folder, name, *options, **variables):
    """A worker with one thread, unless the options say otherwise, and a folder of its own."""
    kept = folder / name
    kept.mkdir()
    options = (address, "--nthreads", "1", "--no-dashboard", "--name", name, *options)
    with started("dask_worker", *options, folder=kept, **variables) as process:
        yield process

"""What happens in a run's own process: load the dataset by name, do the run, write its file.

This module is imported once by the process that children are forked from, with everything a run needs.
"""

import multiprocessing
import os
import signal
import threading
import traceback
from multiprocessing.connection import Connection
from typing import Any

from threadpoolctl import threadpool_limits

from mihash_bench.errors import InputError
from mihash_bench.experiment import provenance
from mihash_bench.experiment.batch import run_batch
from mihash_bench.experiment.config import RunConfig
from mihash_bench.experiment.online import run_online
from mihash_bench.experiment.task import Task
from mihash_bench.registry import DATASETS
from mihash_bench.store.run_file import RunRecord, write_run

# What the column table_s holds, offline and online.
TABLE_S_IS = ("cost of coding the rows once", "measured cost x updates since the last look")


def run_in_child(task: Task, pipe: Connection) -> None:
    """Do one run and say through the pipe how it goes: checkpoints, then ``done``, or ``failed`` with the reason."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        do_run(task, pipe)
    except InputError as error:
        pipe.send(("failed", str(error), ""))
    except Exception as error:  # noqa: BLE001 - whatever a method raises becomes part of its run's record
        pipe.send(("failed", f"{type(error).__name__}: {error}", traceback.format_exc()))
    else:
        pipe.send(("done",))


def _end_with_parent() -> None:
    """No run outlives the sweep that asked for it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # The group, and with it whatever the run has started.
        os.killpg(0, signal.SIGKILL)


def do_run(task: Task, pipe: Connection) -> None:
    """Do one run with as many threads as its config says and write its file."""
    began = provenance.now()

    def observer(done: int, checkpoints: int, metrics: dict[str, float]) -> None:
        pipe.send(("checkpoint", done, checkpoints, metrics))

    with threadpool_limits(task.config.threads):
        parameters: dict[str, Any] = dict(task.config.dataset_parameters)
        source = DATASETS.get(task.config.dataset)(**parameters)
        dataset = source.load(task.data_dir, task.cache_dir)
        if dataset.digest != task.dataset_digest:
            raise InputError(f"--data-dir: the files of {task.config.dataset} have changed since the sweep began")
        if isinstance(task.config, RunConfig):
            result = run_online(task.config, dataset, observer)
        else:
            result = run_batch(task.config, dataset, observer)
        about = environment()
    end = {"status": "done", "reason": "", "traceback": "", "started": began, "ended": provenance.now()}
    costs: dict[str, Any] = {
        "peak_memory_bytes": provenance.peak_memory_bytes(),
        **result.costs,
        "table_s_is": TABLE_S_IS[task.config.setting == "online"],
    }
    record = RunRecord({**task.attributes(), **about, **end, **costs}, result.curve, result.trigger, result.final)
    write_run(task.path, record)


def environment() -> dict[str, Any]:
    """Return versions, commit, machine and threads of this process."""
    return {
        "versions": provenance.versions(),
        "machine": provenance.machine(),
        "threads": provenance.thread_limits(),
        **provenance.git_state(),
    }

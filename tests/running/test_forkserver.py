import fcntl
import os
import signal
import stat
import subprocess
import sys
from dataclasses import dataclass
from multiprocessing import resource_tracker

import numpy as np

from mihash_bench.running.forkserver import THREAD_VARIABLES, _environment, _same_modules, interrupts_ignored
from mihash_bench.running.local import LocalExecutor
from mihash_bench.store.run_file import RunRecord, read_run

from .tasks import Environment, Events, Sum


@dataclass(frozen=True)
class CountsPipes(Sum):
    """A run that counts the pipes to which its process can write, apart from that of the tracker of shared memory."""

    def perform(self, observer):
        others = set(range(3, 64)) - {resource_tracker.getfd()}
        return RunRecord(self.attributes(), {"total": np.array([float(sum(map(is_pipe_for_writing, others)))])})


def is_pipe_for_writing(number):
    try:
        reads = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
        return stat.S_ISFIFO(os.fstat(number).st_mode) and not reads
    except OSError:
        return False


def test_runs_start_with_one_thread_per_library_and_this_process_keeps_its_variables(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    task = Environment(tmp_path / "runs" / "environment.h5", THREAD_VARIABLES)
    (outcome,) = LocalExecutor().run([task], tmp_path, Events())
    assert outcome.status == "done", outcome.reason
    about = read_run(task.path).attributes
    assert {about[name] for name in THREAD_VARIABLES} == {"1"}
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert "MKL_NUM_THREADS" not in os.environ


def test_what_is_started_while_interrupts_are_ignored_ignores_them_from_its_first_instruction():
    code = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    before = signal.getsignal(signal.SIGINT)
    with interrupts_ignored():
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "True\n"
    assert signal.getsignal(signal.SIGINT) is before


def test_what_is_started_does_not_import_files_of_the_working_directory(tmp_path):
    (tmp_path / "textwrap.py").write_text("raise SystemExit('a file of the user')")
    code = "import textwrap; print(textwrap.__file__)"
    with _environment(_same_modules()):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 0, done.stderr
    assert not done.stdout.startswith(str(tmp_path))
    assert "PYTHONSAFEPATH" not in os.environ


def test_a_run_cannot_write_to_the_pipe_whose_end_ends_the_process_from_which_it_was_forked(tmp_path):
    task = CountsPipes(tmp_path / "runs" / "pipes.h5")
    (outcome,) = LocalExecutor().run([task], tmp_path, Events())
    assert outcome.status == "done", outcome.reason
    assert read_run(task.path).curve["total"].tolist() == [0]


APART = """
import psutil
from multiprocessing import forkserver
from mihash_bench.running.forkserver import end_unused_server, note_use, start_server

assert start_server(["endless"])
assert not start_server(["endless"])
server = psutil.Process(forkserver._forkserver._forkserver_pid)
end_unused_server()
print(server.is_running())
end_unused_server()
assert start_server([])
note_use()
end_unused_server()
print(psutil.Process(forkserver._forkserver._forkserver_pid).is_running())
"""


def test_an_unused_server_is_ended_in_the_middle_of_its_imports_and_a_used_one_is_left_alone(tmp_path):
    (tmp_path / "endless.py").write_text("import time\ntime.sleep(600)\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", APART], capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert (done.stdout, done.stderr) == ("False\nTrue\n", "")

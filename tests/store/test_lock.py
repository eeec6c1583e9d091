import fcntl
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from mihash_bench.store.lock import is_locked, locked

HOLDER = """
import sys, time
from pathlib import Path
from mihash_bench.store.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_only_one_thread_at_a_time_holds_a_lock(tmp_path):
    inside, most = [], []

    def work(number):
        with locked(tmp_path / "locks" / "run.lock") as held:
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)
        return held

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(20)))
    assert max(most) == 1


def test_waiting_for_a_lock_can_be_given_up(tmp_path):
    with locked(tmp_path / "run.lock"), locked(tmp_path / "run.lock", give_up=lambda: True) as held:
        assert not held
    with locked(tmp_path / "run.lock", give_up=lambda: True) as held:
        assert held


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path):
    path = tmp_path / "run.lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with locked(path, give_up=lambda: True) as held:
        assert not held
    holder.kill()
    holder.communicate()
    with locked(path, give_up=lambda: True) as held:
        assert held


def test_only_a_regular_file_is_a_lock(tmp_path):
    path = tmp_path / "run.lock"
    os.mkfifo(path)
    # With an open end, nobody who opens the FIFO waits for ever.
    end = os.open(path, os.O_RDWR)
    fcntl.flock(end, fcntl.LOCK_EX)
    assert not is_locked(path)
    fcntl.flock(end, fcntl.LOCK_UN)
    with pytest.raises(OSError, match="is not a regular file"), locked(path):
        pass
    os.close(end)

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mihash_bench.store import lock
from mihash_bench.store.lock import Watch, is_locked, locked

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


@pytest.fixture
def stopped(tmp_path):
    """The path of a lock whose holder gives no sign of life, as one on a machine that is gone, and the holder."""
    path = tmp_path / "run.lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    holder.send_signal(signal.SIGSTOP)
    yield path
    holder.kill()
    holder.communicate()


def test_a_lock_whose_holder_is_dead_is_taken_over_by_one_of_those_that_wait(stopped, monkeypatch):
    monkeypatch.setattr(lock, "DEAD_SECONDS", 1.0)
    inside, most = [], []

    def work(number):
        # Those that wait look at this process's sign of life, which is as rare as usual.
        with locked(stopped) as held:
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)
        return held

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))
    assert max(most) == 1


def test_a_lock_without_a_sign_of_life_counts_as_held_only_for_a_while(stopped):
    assert is_locked(stopped)
    long_ago = stopped.stat().st_mtime - lock.DEAD_SECONDS - 1
    os.utime(stopped, (long_ago, long_ago))
    assert not is_locked(stopped)


def test_a_holder_counts_as_dead_only_if_it_gives_no_sign_of_life_for_long(tmp_path):
    path, now = tmp_path / "run.lock", [0.0]
    path.touch()
    watch = Watch(path, lambda: now[0])
    assert not watch.is_dead()
    for now[0] in (lock.DEAD_SECONDS, 2 * lock.DEAD_SECONDS):
        os.utime(path, (now[0], now[0]))
        assert not watch.is_dead()
    now[0] += lock.DEAD_SECONDS
    assert not watch.is_dead()
    now[0] += 1
    assert watch.is_dead()


def test_a_lock_that_is_held_gives_signs_of_life_until_it_is_released(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "SIGN_SECONDS", 0.05)
    path = tmp_path / "run.lock"
    with locked(path):
        for _ in range(3):
            os.utime(path, (0, 0))
            while path.stat().st_mtime == 0:
                time.sleep(0.01)
    for thread in threading.enumerate():
        if thread.name == "signs of life":
            thread.join(60)
            assert not thread.is_alive()
    assert not is_locked(path)


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

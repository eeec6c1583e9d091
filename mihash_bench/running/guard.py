"""The guard of a run: a process between the sweep and the run that ends everything that the run has started.

On Linux the guard is a child subreaper (``prctl(2)``): whatever a run starts stays a descendant of the guard, also in a
session of its own and after a double fork, so the guard can end it. Elsewhere, only the run's process group is ended.
"""

import ctypes
import multiprocessing
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection

import psutil

SET_CHILD_SUBREAPER, SET_DEATH_SIGNAL = 36, 1  # options of prctl, from linux/prctl.h
POLL_SECONDS = 0.05
# Descendants are ended again and again for so long, because they may start others in the meantime.
ENDING_SECONDS = 5.0


def on_linux() -> bool:
    """Return whether a run's descendants can be found wherever they have gone."""
    return sys.platform.startswith("linux")


def guarded(run: Callable[[], None], *, closing: Connection) -> None:
    """Do ``run`` in a child of this process, end what it leaves behind, and exit as it did.

    This function never returns. The child is ended when this process dies, and this process when the sweep does.
    closing: the child's connection to the sweep, of which the guard keeps no copy: it ends with the child.
    """
    if on_linux():
        _prctl(SET_CHILD_SUBREAPER, 1)
    # The guard ends by itself when its run does; Ctrl-C and TERM are the sweep's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        _in_child(run)
    closing.close()
    status = _wait(child)
    end_descendants(os.getpid())
    _exit_as(status)


def _in_child(run: Callable[[], None]) -> None:
    if on_linux():
        _prctl(SET_DEATH_SIGNAL, signal.SIGKILL)
    code = 1
    try:
        run()
        code = 0
    finally:
        # No exit handler of the sweep that this process was forked from may run here.
        os._exit(code)


def _wait(child: int) -> int:
    """Wait until the child or the sweep has ended; return the child's exit status, as ``os.waitpid`` does."""
    parent = multiprocessing.parent_process()
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        if parent is not None and not parent.is_alive():
            end_descendants(os.getpid())
            os._exit(1)
        # Wakes up early when the sweep ends; a run's end is seen within the poll interval.
        select.select([parent.sentinel] if parent is not None else [], [], [], POLL_SECONDS)


def end_descendants(pid: int) -> None:
    """Kill all descendants of a process, and wait until they are gone, but not forever."""
    deadline = time.monotonic() + ENDING_SECONDS
    while (left := _descendants(pid)) and time.monotonic() < deadline:
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        _, alive = psutil.wait_procs(left, timeout=POLL_SECONDS)
        if not alive and pid == os.getpid():
            _reap()


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        every = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []
    return [process for process in every if _is_running(process)]


def _is_running(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _reap() -> None:
    """Collect the exit statuses of children, those that were adopted included."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _exit_as(status: int) -> None:
    """Exit with the exit code, or by the signal, with which the child ended."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 1)


def _prctl(option: int, value: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl failed")

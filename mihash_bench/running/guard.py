"""The guard of a run: a process between the sweep and the run that ends all processes that the run has started.

On Linux the guard is a child subreaper (``prctl(2)``). All processes that a run starts remain descendants of the guard,
even in a new session or after a double fork, so that the guard can end them. On other systems, only the process group
of the run is ended.
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
# Descendants are ended repeatedly for this long because they may start others in the meantime.
ENDING_SECONDS = 5.0


def on_linux() -> bool:
    """Return whether all descendants of a run can be found, including those in other sessions."""
    return sys.platform.startswith("linux")


def guarded(run: Callable[[], None], *, closing: Connection) -> None:
    """Call ``run`` in a child of this process, end the processes that it leaves behind, and exit with its status.

    This function never returns. The child is ended if this process dies, and this process is ended if the sweep dies.
    closing: the child's connection to the sweep. The guard closes its copy so that the connection ends with the child.
    """
    if on_linux():
        _prctl(SET_CHILD_SUBREAPER, 1)
    # The guard ends when its run ends. The sweep handles Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        _in_child(run)
    closing.close()
    status = _wait(child)
    if _has_children():
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
        # The exit handlers of the process from which this one was forked must not run here.
        os._exit(code)


def _wait(child: int) -> int:
    """Wait until the child or the sweep has ended; return the child's exit status, as ``os.waitpid`` does."""
    parent = multiprocessing.parent_process()
    ended = [os.pidfd_open(child)] if on_linux() else []
    watched: list[int] = [*ended, *([parent.sentinel] if parent is not None else [])]
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        if parent is not None and not parent.is_alive():
            end_descendants(os.getpid())
            os._exit(1)
        # Returns at once when the child (on Linux) or the sweep ends.
        select.select(watched, [], [], None if ended else POLL_SECONDS)


def end_descendants(pid: int) -> None:
    """Kill all descendants of a process and wait until they are gone, for at most ``ENDING_SECONDS``."""
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


def _has_children() -> bool:
    """Return whether this process has children, those that it has adopted included."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def _reap() -> None:
    """Collect the exit statuses of children, including adopted ones."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _exit_as(status: int) -> None:
    """Exit with the exit code or the signal of the child."""
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

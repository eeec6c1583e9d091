"""A file lock that one process or thread holds at a time. The system releases it when its holder dies."""

import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.1


@contextmanager
def locked(path: Path, *, give_up: Callable[[], bool] = lambda: False) -> Iterator[bool]:
    """Hold the lock of ``path`` inside the block. The file is created if necessary; a lock held elsewhere is awaited.

    Yields True once the lock is held, or False if ``give_up()`` became true while waiting. Raises OSError if the file
    cannot be opened or is no regular file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(_opened(path, os.O_RDWR | os.O_CREAT), "rb") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if give_up():
                    yield False
                    return
                time.sleep(POLL_SECONDS)
            else:
                yield True
                return


def is_locked(path: Path) -> bool:
    """Return whether the lock of ``path`` is held at this moment; False for a file that is missing or no lock."""
    try:
        with os.fdopen(_opened(path, os.O_RDONLY), "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _opened(path: Path, flags: int) -> int:
    """Return a descriptor of a regular file. Nothing else is a lock, and opening a FIFO would wait without end."""
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, f"{path} is not a regular file")
    return descriptor

"""A file lock that one process or thread holds at a time. The system releases it when its holder dies."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.1


@contextmanager
def locked(path: Path, *, give_up: Callable[[], bool] = lambda: False) -> Iterator[bool]:
    """Hold the lock of ``path`` inside the block. The file is created if necessary; a lock held elsewhere is awaited.

    Yields True once the lock is held, or False if ``give_up()`` became true while waiting.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
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
    """Return whether the lock of ``path`` is held at this moment; False for a file that is missing or not readable."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False

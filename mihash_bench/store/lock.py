"""A lock on a file, held by one process or thread at a time and given up by the system when that one dies."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.1


@contextmanager
def locked(path: Path, *, give_up: Callable[[], bool] = lambda: False) -> Iterator[bool]:
    """Hold the lock of ``path`` (made if need be) inside the block, waiting for it as long as another holds it.

    Yields True with the lock, False when ``give_up()`` turned true while waiting.
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

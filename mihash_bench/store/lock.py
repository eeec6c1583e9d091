"""A file lock that one process or thread holds at a time. The system releases it when its holder dies.

On a network file system, the system that holds a lock may itself be gone, and the server may keep the lock for ever. So
whoever holds a lock gives a sign of life: it sets the time of the file again and again. A lock without a sign of life
is taken over.
"""

import errno
import fcntl
import os
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

POLL_SECONDS = 0.1
# Time between two signs of life, and time without one after which a holder counts as dead. The latter is much longer,
# because NFS may know a time only a minute later, and because a machine may stop for a while.
SIGN_SECONDS, DEAD_SECONDS = 20.0, 300.0
TAKEOVER = ".takeover"


@contextmanager
def locked(path: Path, *, give_up: Callable[[], bool] = lambda: False) -> Iterator[bool]:
    """Hold the lock of ``path`` inside the block. The file is created if necessary; a lock held elsewhere is awaited.

    A lock whose holder has given no sign of life for ``DEAD_SECONDS`` is taken over, so no lock is awaited for ever.
    Yields True once the lock is held, or False if ``give_up()`` became true while waiting. Raises OSError if the file
    cannot be opened or is no regular file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _acquired(path, give_up)
    if descriptor is None:
        yield False
        return
    _ALIVE.add(descriptor)
    try:
        yield True
    finally:
        _ALIVE.remove(descriptor)
        os.close(descriptor)


def _acquired(path: Path, give_up: Callable[[], bool]) -> int | None:
    """Return a descriptor that holds the lock, or None if waiting was given up."""
    watch = Watch(path)
    while True:
        if (descriptor := _attempted(path)) is not None:
            return descriptor
        if give_up():
            return None
        if watch.is_dead():
            _remove_dead(path, watch)
        time.sleep(POLL_SECONDS)


def _attempted(path: Path) -> int | None:
    """Return a descriptor that holds the lock, or None if it is held elsewhere or was taken over in the meantime."""
    descriptor = _opened(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            os.utime(descriptor)
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


class Watch:
    """Watches the signs of life of a lock's holder. Only this machine's clock counts, and no time of another one."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self.sign: tuple[int, int] | None = None
        self._since = clock()

    def is_dead(self) -> bool:
        """Look at the file. Return whether it has been the same for ``DEAD_SECONDS``."""
        sign = sign_of(self._path)
        if sign is None or sign != self.sign:
            self.sign, self._since = sign, self._clock()
            return False
        return self._clock() > self._since + DEAD_SECONDS


def sign_of(path: Path) -> tuple[int, int] | None:
    """Return what changes with each sign of life and each takeover, or None if there is no such file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _remove_dead(path: Path, watch: Watch) -> None:
    """Remove a lock file whose holder is dead, so that another one takes its place; its holder keeps the old file.

    Of several that wait, only one does so at a time, and none removes the file that another has just made.
    """
    descriptor = _opened(path.with_name(path.name + TAKEOVER), os.O_RDWR | os.O_CREAT)
    try:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if sign_of(path) == watch.sign:
                path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Return whether the lock of ``path`` is held at this moment, by a holder that has given a sign of life lately.

    False for a file that is missing or no lock.
    """
    try:
        with os.fdopen(_opened(path, os.O_RDONLY), "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _age(path) < DEAD_SECONDS
    except OSError:
        return False
    return False


def _age(path: Path) -> float:
    """Return the seconds since the last sign of life, by the clock of the file system; 0 if it cannot be known."""
    try:
        with tempfile.TemporaryFile(dir=path.parent) as now:
            return os.fstat(now.fileno()).st_mtime - path.stat().st_mtime
    except OSError:
        return 0.0


class _SignsOfLife:
    """A thread that sets the time of the locks that this process holds. There is none while it holds no lock."""

    def __init__(self) -> None:
        self._changed, self._held = threading.Condition(), set[int]()

    def add(self, descriptor: int) -> None:
        """Give signs of life for a lock from now on."""
        with self._changed:
            self._held.add(descriptor)
            if len(self._held) == 1:
                threading.Thread(target=self._give, name="signs of life", daemon=True).start()

    def remove(self, descriptor: int) -> None:
        """Give none any more, before the descriptor is closed."""
        with self._changed:
            self._held.discard(descriptor)
            self._changed.notify_all()

    def _give(self) -> None:
        with self._changed:
            while not self._changed.wait_for(lambda: not self._held, SIGN_SECONDS):
                for descriptor in self._held:
                    with suppress(OSError):
                        os.utime(descriptor)


_ALIVE = _SignsOfLife()


def _opened(path: Path, flags: int) -> int:
    """Return a descriptor of a regular file. Nothing else is a lock, and opening a FIFO would wait without end."""
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, f"{path} is not a regular file")
    return descriptor

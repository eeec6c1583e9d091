"""The standard streams of the command line, each of which may be closed or on a full disk."""

import io
import os
import sys
from contextlib import suppress
from typing import Any

STDIN, STDOUT, STDERR = 0, 1, 2


class OutputError(OSError):
    """Standard output can take no more text."""


class _Output(io.FileIO):
    """Standard output, whose errors can be told from those of other files."""

    def write(self, data: Any) -> Any:
        """Write bytes. Raises OutputError, but BrokenPipeError if nobody reads them any more."""
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(error.errno, error.strerror) from None


def open_streams() -> None:
    """Open the standard streams that are closed, and prepare standard output for errors and for every character.

    A file that is opened later would otherwise get the number of a closed stream and be written to by mistake. Closed
    standard output is replaced by a stream that fails, because its output would be lost.
    """
    for descriptor, mode in ((STDIN, os.O_RDONLY), (STDOUT, os.O_RDONLY), (STDERR, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, mode), True)
    if sys.stdin is None:
        sys.stdin = open(STDIN, closefd=False)  # noqa: SIM115 - a descriptor, open as long as the process
    if sys.stderr is None:
        sys.stderr = open(STDERR, "w", closefd=False)  # noqa: SIM115
    if sys.stdout is None or (sys.stdout is sys.__stdout__ and not _is_prepared(sys.stdout)):
        sys.stdout = _standard_output(getattr(sys.stdout, "encoding", None) or "utf-8")


def _is_prepared(stream: Any) -> bool:
    return isinstance(getattr(getattr(stream, "buffer", None), "raw", None), _Output)


def _standard_output(encoding: str) -> io.TextIOWrapper:
    # A stream for reading cannot be opened for writing; ``_Output`` then fails at the first write.
    raw = _Output(STDOUT, "w", closefd=False)
    # Names of files may contain any bytes, and the terminal may not know every character.
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=raw.isatty())


def say_error(line: str) -> None:
    """Print a line to standard error. If that is impossible, the exit code has to suffice."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def give_up_output() -> None:
    """Discard what is still buffered for standard output, so that writing it at exit does not fail again."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)

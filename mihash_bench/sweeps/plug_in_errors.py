"""Errors that classes of plug-ins raise while their runs are planned: one line for the user instead of a traceback."""

import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError
from mihash_bench.text import message_of, one_line

OF_THIS_PACKAGE = "mihash_bench."


@contextmanager
def planning(classes: Iterable[Any]) -> Iterator[None]:
    """Turn whatever the code of plug-ins raises into an InputError that names their classes.

    classes: methods and datasets of a sweep. An error is raised as it is if none of them belongs to a plug-in, because
    it is then one of this package. ``SystemExit`` is no way for a plug-in to end a command either.
    """
    try:
        yield
    except (InputError, OSError, MemoryError):
        raise
    except (Exception, SystemExit) as error:  # code of the user raises whatever it raises
        foreign = [each for each in classes if not each.__module__.startswith(OF_THIS_PACKAGE)]
        if not foreign:
            raise
        names = ", ".join(dict.fromkeys(f"{each.name!r}" for each in foreign))
        said = f"{type(error).__name__}: {message_of(error)}"
        raise InputError(
            one_line(
                f"planning the runs of {names} fails{_place(error, foreign)}: {said} (allowed: classes that pass "
                f"`mihash-bench check`)"
            )
        ) from None


def _place(error: BaseException, classes: Iterable[Any]) -> str:
    """Return the last file of these classes in which the error passed, with its line, or an empty text."""
    files = {getattr(sys.modules.get(each.__module__), "__file__", None) for each in classes}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in files]
    return f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""

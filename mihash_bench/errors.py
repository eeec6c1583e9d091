"""The one error that is meant for the user: a single line naming the option or file, and what is allowed."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """A bad option, file or array. The command line prints it without a traceback and exits with 2."""


def unknown(kind: str, name: str, allowed: Iterable[str]) -> InputError:
    """Return the error for a name that is not among ``allowed``, with the nearest one when there is a near miss."""
    names = sorted(allowed)
    by_lower = {known.lower(): known for known in names}
    near = [by_lower[match] for match in get_close_matches(name.lower(), by_lower, n=1)]
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return InputError(f"{kind}: {name!r} is unknown{hint} (allowed: {', '.join(names)})")

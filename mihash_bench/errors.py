"""The one error meant for users: a single line that names the option or file, and what is allowed."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """A bad option, file or array. The command line prints it without a traceback and exits with 2."""


def unknown(kind: str, name: str, allowed: Iterable[str]) -> InputError:
    """Return the error for a name that is not among ``allowed``, with the nearest one on a near miss."""
    names = sorted(allowed)
    return InputError(f"{kind}: {name!r} is unknown{near_miss(name, names)} (allowed: {', '.join(names)})")


def near_miss(name: str, allowed: Iterable[str]) -> str:
    """Return ``; did you mean 'mihash'?`` for the allowed name that is nearest, or nothing if none is near."""
    by_lower = {known.lower(): known for known in allowed}
    near = [by_lower[match] for match in get_close_matches(name.lower(), by_lower, n=1)]
    return f"; did you mean {near[0]!r}?" if near else ""

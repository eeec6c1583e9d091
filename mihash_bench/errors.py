"""The error shown to users: one line that names the option or file, what was wrong and what is allowed."""

from collections.abc import Iterable
from difflib import get_close_matches

# Longer values are shortened in messages.
VALUE_CHARACTERS = 100


class InputError(ValueError):
    """An invalid option, file or array. The command line prints it without a traceback and exits with code 2."""


class DivergedError(InputError):
    """Learning has diverged: hash functions are no longer finite."""


class LostError(InputError):
    """What was to perform the runs is gone. Repeating the command continues, so the exit code is 1."""


class UnreadableError(InputError):
    """A file that may be intact but cannot be read here.

    There is no permission to read it, it is not a regular file, or a newer version of this package wrote it. Such a
    file is never replaced.
    """


def shown(value: object) -> str:
    """Return a value as it appears in messages: its ``repr``, shortened, or a note if it has none.

    Python refuses to print numbers of more than 4,300 digits and values that are nested too deeply.
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return "a number with too many digits" if isinstance(value, int) else "a value with too many parts"
    except Exception:  # noqa: BLE001 - the class of the value may be the user's
        return "a value that cannot be printed"
    return text if len(text) <= VALUE_CHARACTERS else f"{text[:VALUE_CHARACTERS]}..."


def unknown(kind: str, name: str, allowed: Iterable[str], more: str = "") -> InputError:
    """Return the error for a name that is not in ``allowed``; it suggests a similar allowed name if there is one.

    more: where further names come from.
    """
    names = sorted(allowed)
    said = f"{kind}: {shown(name)} is unknown{near_miss(name, names)} (allowed: {', '.join(names)})"
    return InputError(f"{said}; {more}" if more else said)


def near_miss(name: str, allowed: Iterable[str]) -> str:
    """Return ``; did you mean 'mihash'?`` for the allowed name that is nearest, or nothing if none is near."""
    by_lower = {known.lower(): known for known in allowed}
    near = [by_lower[match] for match in get_close_matches(name.lower(), by_lower, n=1)]
    return f"; did you mean {near[0]!r}?" if near else ""

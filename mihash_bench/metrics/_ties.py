"""The order of items at equal distance, as specs write it and captions explain it, and the cutoff of a ranking."""

from typing import Literal

from mihash_bench.errors import InputError

Ties = Literal["expected", "index"]

# The end of a spec that may state the order of ties.
TIES_FORM = r"(?:\[ties=(?P<ties>[a-z]+)\])?"
TIES_NOTES: dict[Ties, str] = {
    "expected": "ties expected: mean over all orders of ties",
    "index": "ties index: in database order",
}


def read_ties(text: str, written: str | None, default: Ties) -> Ties:
    """Return the order of ties that a spec states, or the default. Raises InputError for an unknown order."""
    if written is None:
        return default
    if written not in TIES_NOTES:
        raise InputError(f"--metric: {text!r}: ties is {written!r} (allowed: {', '.join(TIES_NOTES)})")
    return written


def print_ties(ties: Ties, default: Ties) -> str:
    """Return the end of a spec that states the order of ties, which is empty for the default."""
    return "" if ties == default else f"[ties={ties}]"


def read_cutoff(text: str, digits: str) -> int:
    """Return the number of ranks that a spec states. Raises InputError for 0."""
    if int(digits) == 0:
        raise InputError(f"--metric: {text!r}: the number of ranks is 0 (allowed: 1 or more)")
    return int(digits)

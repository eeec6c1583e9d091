"""How a method looks in a figure: its colour and marker, and the trigger without colour."""

from collections.abc import Sequence
from dataclasses import dataclass

# Okabe and Ito's palette, told apart by colour-blind readers; yellow is left out, it is lost on white paper.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
KNOWN = ("mihash", "okh", "adapthash", "sketchhash", "osh", "lsh")
TRIGGERS = {"on": ("-", True), "off": ((0, (4, 1.5)), False)}


@dataclass(frozen=True)
class Look:
    """Colour and marker of one method or variant."""

    colour: str
    marker: str


def looks(series: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Look]:
    """Return the look of each (method, variant): known methods always have theirs, others take what is left.

    Variants of a method share its colour and differ by marker.
    """
    methods = list(dict.fromkeys(method for method, _ in series))
    order = [*KNOWN, *sorted(method for method in methods if method not in KNOWN)]
    result: dict[tuple[str, str], Look] = {}
    for method in methods:
        place = order.index(method)
        for number, variant in enumerate(sorted({v for m, v in series if m == method})):
            marker = MARKERS[(place + number * 3) % len(MARKERS)]
            result[method, variant] = Look(PALETTE[place % len(PALETTE)], marker)
    return result

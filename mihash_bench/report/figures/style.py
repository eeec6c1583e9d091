"""The style of a method in figures: its colour and marker. The trigger is shown without colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from mihash_bench.text import writable

KNOWN = ("mihash", "okh", "adapthash", "sketchhash", "osh", "lsh")
# Batch methods never share a figure with online ones, so that they can share their colours.
KNOWN_BATCH = ("mihash", "shk", "sdh", "dpsh", "dtsh", "vdsh", "fasthash")
PLACES = {name: place for names in (KNOWN_BATCH, KNOWN) for place, name in enumerate(names)}
# The palette of Okabe and Ito, which color-blind readers can tell apart, without its yellow, which is hard to see on
# white paper. The first six belong to the known methods; black, a grey and a wine red of Paul Tol follow.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999", "#882255")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
VARIANT_STEP = 3  # coprime to the number of markers, so that the variants of a method use all of them
TRIGGERS = {"on": ("-", True), "off": ((0, (4, 1.5)), False), "": ("-", True)}
# The dashes of the variants after the default, whatever the trigger is.
VARIANT_LINES = ((0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)), (0, (2.5, 1)), (0, (3, 1, 1, 1, 1, 1)))

Line = str | tuple[int, tuple[float, ...]]


@dataclass(frozen=True)
class Look:
    """Colour and marker of one method or variant. line: the dashes of a variant, "" for those of the trigger."""

    colour: str
    marker: str
    line: Line = ""


def looks(series: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Look]:
    """Return the style of each (method, variant).

    Known methods always have the same style. The style of any other method follows from its name. If two names collide,
    one takes the next style that is free in this figure. Variants of a method share its colour and differ by marker and
    dashes; the default variant always has the method's own marker.
    """
    places = _places(sorted({method for method, _ in series}))
    variants = {method: ["", *sorted({v for m, v in series if m == method and v})] for method in places}
    return {(m, v): _look(places[m], variants[m].index(v)) for m, v in series}


def method_order(method: str) -> tuple[int, str]:
    """Return a sort key: known methods first, then others by name."""
    return PLACES.get(method, len(PLACES)), method


def _look(place: int, variant: int) -> Look:
    marker = MARKERS[(place + VARIANT_STEP * variant) % len(MARKERS)]
    line = VARIANT_LINES[(variant - 1) % len(VARIANT_LINES)] if variant else ""
    return Look(PALETTE[place % len(PALETTE)], marker, line)


def _places(methods: Sequence[str]) -> dict[str, int]:
    """Return each method's position in the palette. Positions repeat only if there are more methods than colours."""
    places = {method: PLACES[method] for method in methods if method in PLACES}
    spare = range(len(KNOWN), len(PALETTE))
    for method in (name for name in methods if name not in PLACES):
        start = crc32(writable(method).encode()) % len(spare)
        wanted = [*spare[start:], *spare[:start], *range(len(KNOWN))]
        taken = set(places.values())
        beyond = len(PALETTE) + len(places)
        places[method] = next((place for place in wanted if place not in taken), beyond)
    return places

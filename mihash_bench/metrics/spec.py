"""Metric specs: small values that parse and print, such as ``mAP``, ``mAP@1000``, ``P@100`` and ``P@r2``."""

import re
from dataclasses import dataclass
from typing import Literal

from mihash_bench.errors import InputError, unknown

Ties = Literal["expected", "index"]

_FORM = re.compile(r"(?P<kind>[A-Za-z]+)(?:@(?P<radius>r)?(?P<number>\d+))?(?:\[ties=(?P<ties>[a-z]+)\])?")
EXAMPLES = "mAP, mAP[ties=index], mAP@1000, mAP@1000[ties=expected], P@100, P@100[ties=index], P@r2"
_NAMES = ("mAP", "mAP@1000", "P@100", "P@r2")


@dataclass(frozen=True)
class MetricSpec:
    """What to measure.

    kind: "mAP" or "P". cutoff: the first so many ranks, or None for all. radius: the Hamming ball, or None.
    ties: how items at one distance are ordered, "expected" (the mean over all orders) or "index" (database
    order); a ball has no ties and says "expected".
    """

    kind: Literal["mAP", "P"]
    cutoff: int | None = None
    radius: int | None = None
    ties: Ties = "expected"

    def __str__(self) -> str:
        """Print the form that ``parse_metric`` reads, without ties where they are that metric's default."""
        number = "" if self.cutoff is None else f"@{self.cutoff}"
        ball = "" if self.radius is None else f"@r{self.radius}"
        ties = "" if self.ties == _default_ties(self.kind, self.cutoff) else f"[ties={self.ties}]"
        return f"{self.kind}{number}{ball}{ties}"


def _default_ties(kind: str, cutoff: int | None) -> Ties:
    """mAP@N has been published in database order, everything else defaults to the order-free definition."""
    return "index" if kind == "mAP" and cutoff is not None else "expected"


def parse_metric(text: str) -> MetricSpec:
    """Read one spec. Raises InputError, naming ``--metric`` and what is allowed."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise InputError(f"--metric: cannot read {text!r} (allowed are forms such as {EXAMPLES})")
    kind, ball, number, ties = match["kind"], match["radius"] is not None, match["number"], match["ties"]
    if kind not in ("mAP", "P") or (kind == "P" and number is None) or (kind == "mAP" and ball):
        raise unknown("--metric", text, _NAMES)
    if ties not in (None, "expected", "index"):
        raise InputError(f"--metric: {text!r}: ties is {ties!r} (allowed: expected, index)")
    if ball:
        return _ball(text, int(number), ties)
    cutoff = None if number is None else int(number)
    if cutoff == 0:
        raise InputError(f"--metric: {text!r}: the number of ranks is at least 1")
    return MetricSpec(kind, cutoff=cutoff, ties=ties or _default_ties(kind, cutoff))  # type: ignore[arg-type]


def _ball(text: str, radius: int, ties: str | None) -> MetricSpec:
    if ties is not None:
        raise InputError(f"--metric: {text!r}: a Hamming ball has no ties (allowed: P@r{radius})")
    return MetricSpec("P", radius=radius)


def parse_metrics(text: str) -> tuple[MetricSpec, ...]:
    """Read a comma-separated list of specs; a spec named twice counts once."""
    parts = [part for part in text.split(",") if part.strip()]
    if not parts:
        raise InputError(f"--metric: no metric is named (allowed are forms such as {EXAMPLES})")
    return tuple(dict.fromkeys(parse_metric(part) for part in parts))

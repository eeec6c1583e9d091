"""Choosing among the copies of a run in several results folders."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from mihash_bench.errors import unknown
from mihash_bench.store.record import Columns
from mihash_bench.store.run_file import RunRecord, read_run
from mihash_bench.sweeps.found import Found

Prefer = Literal["first", "last", "newest"]
PREFERS: tuple[Prefer, ...] = ("first", "last", "newest")
# A finished run always beats one that is not, and a run that is done one that was skipped.
_RANKS = {"done": 2, "skipped": 1}


@dataclass(frozen=True)
class Choice:
    """The copy of a run that is kept, and all copies with the same results, that copy first."""

    chosen: Found
    alike: Sequence[Found]


def choices(copies: Sequence[Found], prefer: Prefer | None) -> tuple[list[Choice], list[str]]:
    """Return the choice for each run, and one line for each run with copies among which nothing decides.

    copies: all runs of all folders, in the order of the folders. prefer: which of several different copies is kept.
    Raises InputError for an unknown rule.
    """
    if prefer is not None and prefer not in PREFERS:
        raise unknown("--prefer", prefer, PREFERS)
    by_name: dict[str, list[Found]] = {}
    for copy in copies:
        by_name.setdefault(copy.name, []).append(copy)
    made, conflicts = [], []
    for each in by_name.values():
        best = _best(each)
        complete = _complete(best)
        if _is_decided(complete, prefer):
            made.append(_choice(complete, best, prefer))
        else:
            conflicts.append(f"{', '.join(str(copy.path) for copy in complete)}: {_how_they_differ(complete)}")
    return made, conflicts


def _best(copies: Sequence[Found]) -> list[Found]:
    ranks = [_RANKS.get(copy.status, 0) for copy in copies]
    return [copy for copy, rank in zip(copies, ranks, strict=True) if rank == max(ranks)]


def _complete(copies: Sequence[Found]) -> Sequence[Found]:
    """Return the copies without those that lack values of queries which another copy of the same results has.

    Files of older schemas lack them.
    """
    if len({copy.digest for copy in copies}) == 1 or len({copy.key for copy in copies}) > 1:
        return copies
    records = [read_run(copy.path) for copy in copies]
    return [
        copy
        for copy, record in zip(copies, records, strict=True)
        if not any(_has_more_values(other, record) for other in records)
    ]


def _has_more_values(a: RunRecord, b: RunRecord) -> bool:
    """Return whether two runs have the same metrics and results, but the first values of queries of more metrics."""
    return a.per_query.keys() > b.per_query.keys() and a.curve.keys() == b.curve.keys() and same_results(a, b)


def _is_decided(copies: Sequence[Found], prefer: Prefer | None) -> bool:
    """Return whether the copies are the same file, or of one run and there is a rule."""
    if len({copy.digest for copy in copies}) == 1:
        return True
    return prefer is not None and len({copy.key for copy in copies}) == 1


def _choice(copies: Sequence[Found], every: Sequence[Found], prefer: Prefer | None) -> Choice:
    """Return the choice among some copies. every: those with which it is compared, among them these copies."""
    chosen = copies[-1] if prefer == "last" else copies[0]
    if prefer == "newest":
        chosen = max(copies, key=lambda copy: str(copy.about["started"]))
    others = [copy for copy in every if copy is not chosen and _are_alike(chosen, copy)]
    return Choice(chosen, [chosen, *others])


def _are_alike(a: Found, b: Found) -> bool:
    return a.digest == b.digest or (a.status == "done" and same_results(read_run(a.path), read_run(b.path)))


def _how_they_differ(copies: Sequence[Found]) -> str:
    if len({copy.key for copy in copies}) > 1:
        return "runs with other keys, of which no rule can keep both"
    if copies[0].status != "done":
        return "neither is done"
    first, *others = (read_run(copy.path) for copy in copies)
    alike = all(same_results(first, other) for other in others)
    return "the same results, made twice" if alike else "other results"


def same_results(a: RunRecord, b: RunRecord) -> bool:
    """Return whether two runs are equal byte by byte, as far as they have the same metrics.

    Compared are the columns of the curve that both have, except times, whose names end in ``_s``, the values of queries
    that both have, and everything in the groups ``trigger`` and ``final``.
    """
    common = {name for name in a.curve if name in b.curve and not name.endswith("_s")}
    curves = ({name: record.curve[name] for name in common} for record in (a, b))
    values = ({name: record.per_query[name] for name in a.per_query.keys() & b.per_query} for record in (a, b))
    return _equal(*curves) and _equal(*values) and _equal(a.trigger, b.trigger) and _equal(a.final, b.final)


def _equal(a: Columns, b: Columns) -> bool:
    return a.keys() == b.keys() and all(_bytes(a[name]) == _bytes(b[name]) for name in a)


def _bytes(column: NDArray[Any]) -> tuple[str, tuple[int, ...], bytes]:
    return str(column.dtype), column.shape, column.tobytes()

"""The contract of a metric, the counts it is computed from, and the parsing of metric specs."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError, near_miss
from mihash_bench.registry import METRICS
from mihash_bench.source_code import SourceCode

# The end of the name of a column with the metric of the queries of all rounds so far.
SO_FAR = " so far"

Counts = NDArray[np.int64]
PerQuery = NDArray[np.float64]


@dataclass(frozen=True)
class LevelCounts:
    """Items and relevant items at each Hamming distance 0..b: two arrays of shape (queries, b + 1)."""

    items: Counts
    hits: Counts

    @property
    def items_before(self) -> Counts:
        """N_d: items at smaller distances, shape (queries, b + 1)."""
        return np.cumsum(self.items, axis=1) - self.items

    @property
    def hits_before(self) -> Counts:
        """R_d: relevant items at smaller distances, shape (queries, b + 1)."""
        return np.cumsum(self.hits, axis=1) - self.hits

    @property
    def relevant(self) -> Counts:
        """R: relevant items of each query, shape (queries,)."""
        return np.asarray(self.hits.sum(axis=1))


@dataclass(frozen=True)
class IndexRanks:
    """Sums over the ranking in which ties are in database order, up to each cutoff.

    precision_sums: the precisions at the ranks of the relevant items up to the cutoff, added up; found: the number of
    these items. Both have shape (queries, cutoffs).
    """

    cutoffs: tuple[int, ...]
    precision_sums: NDArray[np.float64]
    found: Counts

    def sums_at(self, cutoff: int) -> PerQuery:
        """Return the precision sums up to a cutoff, shape (queries,)."""
        return self.precision_sums[:, self.cutoffs.index(cutoff)]

    def found_at(self, cutoff: int) -> Counts:
        """Return the number of relevant items up to a cutoff, shape (queries,)."""
        return self.found[:, self.cutoffs.index(cutoff)]


class Metric(ABC):
    """A metric with its parameters, such as precision at 100.

    A family of metrics is a subclass in a separate module: a frozen dataclass whose fields are the parameters, so
    that metrics can be compared and hashed. Its text form is called a spec.

    name: the family's name in the registry, which is the module's name with hyphens for underscores. title: the name
    of the family for people. higher_is_better: whether a larger value means better retrieval. forms: example specs,
    which error messages show and compare with a misspelled one. bounds: the least and the greatest possible value, or
    None; run files with other values are refused. needs_distances: whether it depends on the Hamming distances
    themselves, and not only on the ranking. citation: where the metric was defined; see ``about.citations``. The
    section "Parameters" of the docstring says what each field means.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    higher_is_better: ClassVar[bool]
    forms: ClassVar[tuple[str, ...]]
    bounds: ClassVar[tuple[float, float] | None] = None
    needs_distances: ClassVar[bool] = False
    citation: ClassVar[str] = ""

    @classmethod
    @abstractmethod
    def parse(cls, text: str) -> Self | None:
        """Read a spec, which has no comma and no surrounding spaces.

        Returns None when the text does not have this family's form. Raises InputError, naming ``--metric`` and what is
        allowed, when it does but a value in it is not allowed.
        """

    @abstractmethod
    def __str__(self) -> str:
        """Return the shortest spec that ``parse`` reads as this metric. It names the metric's column in results."""

    @abstractmethod
    def per_query(self, counts: LevelCounts, ranks: IndexRanks) -> PerQuery:
        """Return the value of each query, shape (queries,), with NaN for a query that the mean should leave out.

        The metric is the mean of these values. Those at the end of a run are stored in its file, so that tables can
        test whether methods differ query by query.

        ``ranks`` holds at least the cutoffs that this metric asked for, together with those of other metrics.
        """

    def cutoffs(self, n_items: int) -> Collection[int]:
        """Return the ranks up to which ``per_query`` needs sums with ties in database order.

        n_items: the number of database items. The default is none, which is the faster case: level counts suffice.
        """
        return ()

    def check(self, n_items: int, n_bits: int) -> None:
        """Raise InputError, naming ``--metric``, if the metric means nothing for so many database items or bits.

        The default accepts every number.
        """
        return

    def left_empty(self, counts: LevelCounts, ranks: IndexRanks) -> float | None:
        """Return how many queries, or which share of them, had nothing to score; None if this is not reported.

        The value is stored in addition to the metric, in a column named after it with `` empty`` appended.
        """
        return None

    def chance(self, n_items: int, relevant: PerQuery, n_bits: int | None = None) -> PerQuery | None:
        """Return the expected value of each query for codes without information, shape (queries,).

        n_items: the number of database items. relevant: the number of them that are relevant to each query, at least 1.
        n_bits: the length of codes that are uniformly random; None for codes that are all equal, in a database in
        random order. The default is None, which means that the metric does not state its value.
        """
        return None

    @property
    def ties_note(self) -> str:
        """What captions say about items at equal distance; empty if the metric does not depend on their order."""
        return ""


def parse_metric(text: str) -> Metric:
    """Read one spec, such as ``mAP``, ``mAP@1000``, ``P@100`` or ``P@r2``.

    Built-in families are asked first, then those of other packages; the first family that reads the text wins. Raises
    InputError, naming ``--metric`` and the allowed forms.
    """
    spec = text.strip()
    if (known := _of_this_package(spec)) is not None:
        return known
    for family in METRICS.added_classes():
        metric: Metric | None = family.parse(spec)
        if metric is not None:
            return metric
    forms = _forms()
    raise InputError(f"--metric: {spec!r} is unknown{near_miss(spec, forms)} ({_such_as(forms)})")


# The checks of one run file need its metrics several times, and those of all files of a folder are few.
@lru_cache(maxsize=100)
def _of_this_package(spec: str) -> Metric | None:
    every = (family.parse(spec) for family in METRICS.built_in_classes())
    return next((metric for metric in every if metric is not None), None)


def parse_metrics(text: str) -> tuple[Metric, ...]:
    """Read a comma-separated list of specs. A metric that is named twice counts once."""
    specs = [spec.strip() for spec in text.split(",")]
    if not any(specs):
        raise InputError(f"--metric: no metric is named ({_such_as(_forms())})")
    if not all(specs):
        raise InputError(f"--metric: {text!r} has an empty entry (allowed: metrics separated by commas)")
    return tuple(dict.fromkeys(parse_metric(spec) for spec in specs))


def code_of_metric(spec: str) -> SourceCode | None:
    """Return the source of a plug-in's metric; None for a metric of this package or an unknown one."""
    try:
        family = type(parse_metric(spec))
    except InputError:
        return None
    return METRICS.code_if_known(family.name)


def higher_is_better(spec: str) -> bool | None:
    """Return whether a larger value of a metric is better; None if the metric's family is not known here."""
    try:
        return parse_metric(spec.removesuffix(SO_FAR)).higher_is_better
    except InputError:
        return None


def _forms() -> list[str]:
    families: list[Any] = list(METRICS.classes())
    return [form for family in families for form in family.forms]


def _such_as(forms: list[str]) -> str:
    return f"allowed are forms such as {', '.join(forms)}"

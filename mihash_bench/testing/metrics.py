"""The contract of a family of metrics.

Each check reads the family's example specs, ``forms``, and measures codes of 16 bits: 12 queries in a database of 1,200
items. One query has no relevant item, and for one all items are relevant.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import pack
from mihash_bench.evaluation import GivenRelevance, evaluate
from mihash_bench.metrics.base import IndexRanks, LevelCounts, Metric
from mihash_bench.registry import METRICS

ITEMS, QUERIES, BITS = 1_200, 12, 16
# Queries with codes without information, and how far their mean may be from the expected one.
CHANCE_QUERIES, STANDARD_ERRORS = 500, 4

Family = type[Metric]


class Measured:
    """Counts of some codes, which are nearer to the query the more relevant items are, if they are ``good``."""

    def __init__(self, metrics: list[Metric], *, good: bool = True) -> None:
        rng = np.random.default_rng(0)
        near = rng.random((QUERIES, ITEMS)) < 0.2
        near[0], near[1] = False, True
        queries = rng.random((QUERIES, BITS)) < 0.5
        table = rng.random((ITEMS, BITS)) < 0.5
        # Each item is relevant to one more query, whose code, or its opposite, it has in most bits.
        owner = 2 + rng.integers(0, QUERIES - 2, ITEMS)
        near[owner, np.arange(ITEMS)] = True
        kept = rng.random((ITEMS, BITS)) < 0.8
        table = np.where(kept, queries[owner] if good else ~queries[owner], table)
        found = evaluate(pack(table), pack(queries), GivenRelevance(near), metrics, BITS)
        self.counts, self.ranks, self.per_query = found.counts, found.ranks, found.per_query
        self.evaluation = found


def _examples(family: Family) -> Iterator[Metric]:
    assert family.forms, "forms is empty"
    for form in family.forms:
        metric = family.parse(form)
        assert metric is not None, f"parse does not read the form {form!r}"
        yield metric


def check_the_family_says_what_it_is(family: Family) -> None:
    """The family has a ``title``, ``forms``, a truth value ``higher_is_better``, and ``bounds`` or None."""
    assert isinstance(family.title, str), f"title is {family.title!r}"
    assert family.title.strip(), "title is empty"
    assert type(family.higher_is_better) is bool, f"higher_is_better is {family.higher_is_better!r}"
    assert isinstance(family.forms, tuple), f"forms is {family.forms!r}, not a tuple of texts"
    if family.bounds is not None:
        low, high = family.bounds
        assert low < high, f"bounds are {family.bounds}"


def check_specs_are_printed_as_they_are_read(family: Family) -> None:
    """``str`` of a metric is a spec that is read as an equal metric with the same hash; it has no comma."""
    for metric, form in zip(_examples(family), family.forms, strict=True):
        text = str(metric)
        assert text == form, f"the form {form!r} is printed as {text!r}"
        assert "," not in text, f"the spec {text!r} has a comma"
        again = family.parse(text)
        assert again == metric, f"{text!r} is read as another metric the second time"
        assert hash(again) == hash(metric), f"the hash of {text!r} differs the second time"


def check_specs_of_other_families_are_left_alone(family: Family) -> None:
    """``parse`` returns None for a spec of another family, and for a text that is none."""
    others: list[Any] = [METRICS.get(name) for name in METRICS.names() if METRICS.is_built_in(name)]
    for spec in (form for other in others if other is not family for form in other.forms):
        assert family.parse(spec) is None, f"it reads {spec!r}, which belongs to another family"
    assert family.parse("no such metric") is None, "it reads 'no such metric'"


def check_each_query_has_a_number(family: Family) -> None:
    """``per_query`` returns numbers of shape (queries,): NaN for a query that the mean leaves out, not infinity."""
    for metric in _examples(family):
        measured = Measured([metric])
        values = np.asarray(metric.per_query(measured.counts, measured.ranks))
        assert values.shape == (QUERIES,), f"{metric} has the shape {values.shape} for {QUERIES} queries"
        assert values.dtype.kind == "f", f"{metric} has the type {values.dtype}"
        assert not np.isinf(values).any(), f"{metric} is infinite for query {int(np.isinf(values).argmax())}"
        assert not np.isnan(values).all(), f"{metric} is NaN for every query"


def check_the_metric_is_the_mean_of_its_values(family: Family) -> None:
    """The metric is the mean of the values of ``per_query`` that are not NaN, in the form that run files store."""
    # Significance tests compare these values, so they must be about the number in the table.
    for metric in _examples(family):
        measured = Measured([metric])
        values = np.array(measured.per_query[metric], np.float64, subok=False)
        value, mean = measured.evaluation.value(metric), float(values[~np.isnan(values)].mean())
        # The metric may have averaged in single precision.
        assert math.isclose(value, mean, rel_tol=1e-6, abs_tol=1e-9), f"{metric} is {value:g}, but its mean is {mean:g}"


def check_values_are_within_the_bounds(family: Family) -> None:
    """No value lies outside of ``bounds``, for good and for bad codes."""
    low, high = family.bounds or (-math.inf, math.inf)
    for metric in _examples(family):
        for good in (True, False):
            values = Measured([metric], good=good).per_query[metric]
            outside = values[(values < low) | (values > high)]
            assert not len(outside), f"{metric} is {outside[0]:g}, outside of {low:g} to {high:g}"


def check_queries_do_not_matter_to_each_other(family: Family) -> None:
    """The value of a query is the same in any order of the queries, and without the others."""
    for metric in _examples(family):
        measured = Measured([metric])
        values = measured.per_query[metric]
        for order in (np.arange(QUERIES)[::-1], np.array([5])):
            counts, ranks = _of(measured.counts, measured.ranks, order)
            found = np.asarray(metric.per_query(counts, ranks))
            assert found.shape == order.shape, f"{metric} has the shape {found.shape} for {len(order)} queries"
            same = np.isclose(found, values[order], rtol=1e-12, atol=0, equal_nan=True)
            assert same.all(), (
                f"{metric} of a query is {values[order][~same][0]:g}, but {found[~same][0]:g} in another order"
            )


def check_counts_are_not_changed(family: Family) -> None:
    """``per_query`` gives the same values at each call and does not write into its arguments."""
    for metric in _examples(family):
        measured = Measured([metric])
        for array in (measured.counts.items, measured.counts.hits, measured.ranks.precision_sums, measured.ranks.found):
            array.flags.writeable = False
        first, second = (np.asarray(metric.per_query(measured.counts, measured.ranks)) for _ in range(2))
        assert np.array_equal(first, second, equal_nan=True), f"{metric} differs between two calls"


def check_good_codes_are_better_than_bad_ones(family: Family) -> None:
    """As ``higher_is_better`` says, codes with relevant items nearby have a better mean than their opposite."""
    for metric in _examples(family):
        good, bad = (Measured([metric], good=each).evaluation.value(metric) for each in (True, False))
        better = good > bad if family.higher_is_better else good < bad
        assert better, f"{metric} is {good:g} for good codes and {bad:g} for bad ones"


def check_codes_without_information_have_the_stated_value(family: Family) -> None:
    """Constant and random codes have the mean that ``chance`` states, if it states one."""
    rng = np.random.default_rng(0)
    near = rng.random((CHANCE_QUERIES, ITEMS)) < rng.uniform(0.005, 0.3, (CHANCE_QUERIES, 1))
    near[:, 0] |= ~near.any(axis=1)
    relevant = near.sum(axis=1).astype(np.float64)
    for metric in _examples(family):
        for n_bits in (None, BITS):
            expected = metric.chance(ITEMS, relevant, n_bits)
            if expected is None:
                continue
            table, queries = (_codes_without_information(rows, n_bits, rng) for rows in (ITEMS, CHANCE_QUERIES))
            found = evaluate(pack(table), pack(queries), GivenRelevance(near), [metric], BITS).per_query[metric]
            _is_mean(f"{metric} of {'constant' if n_bits is None else 'random'} codes", found, np.asarray(expected))


def _codes_without_information(rows: int, n_bits: int | None, rng: np.random.Generator) -> NDArray[np.bool_]:
    return np.zeros((rows, BITS), np.bool_) if n_bits is None else rng.random((rows, n_bits)) < 0.5


def _is_mean(what: str, found: NDArray[np.float64], expected: NDArray[np.float64]) -> None:
    assert expected.shape == found.shape, f"{what}: chance has the shape {expected.shape} for {len(found)} queries"
    error = found - expected
    allowed = STANDARD_ERRORS * error.std() / math.sqrt(len(error)) + 1e-9
    assert abs(error.mean()) <= allowed, f"{what} is {found.mean():.4f} on average, but chance is {expected.mean():.4f}"


def _of(counts: LevelCounts, ranks: IndexRanks, queries: NDArray[np.int64]) -> tuple[LevelCounts, IndexRanks]:
    """Return the counts of some queries."""
    return (
        LevelCounts(counts.items[queries], counts.hits[queries]),
        IndexRanks(ranks.cutoffs, ranks.precision_sums[queries], ranks.found[queries]),
    )


METRIC_CHECKS = (
    check_the_family_says_what_it_is,
    check_specs_are_printed_as_they_are_read,
    check_specs_of_other_families_are_left_alone,
    check_each_query_has_a_number,
    check_the_metric_is_the_mean_of_its_values,
    check_values_are_within_the_bounds,
    check_queries_do_not_matter_to_each_other,
    check_counts_are_not_changed,
    check_good_codes_are_better_than_bad_ones,
    check_codes_without_information_have_the_stated_value,
)

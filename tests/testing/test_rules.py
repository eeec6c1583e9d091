"""The rules of the contracts, on classes of the package and on classes that break one on purpose."""

import inspect
from functools import partial
from pathlib import Path

import pytest

from mihash_bench.registry import DATASETS, METRICS
from mihash_bench.testing import BACKBONE_CHECKS, BATCH_CHECKS, CHECKS, DATASET_CHECKS, METRIC_CHECKS
from tests.testing import broken


def failing(checks, made, *folders):
    """The names of the rules that a class breaks."""
    names = set()
    for check in checks:
        try:
            check(made, *folders)
        except Exception:  # noqa: BLE001 - an error of the class breaks the rule as well
            names.add(check.__name__.removeprefix("check_"))
    return names


@pytest.mark.parametrize(
    ("method", "rules"),
    [
        (broken.Learning, set()),
        (broken.KeepsItsCodes, {"learned_codes_are_those_of_the_block"}),
        (broken.WideCodes, {"codes_have_a_column_for_each_bit", "a_run_file_restores_the_codes"}),
        (broken.FloatCodes, {"codes_have_a_column_for_each_bit"}),
        (broken.LivingSnapshot, {"a_snapshot_stays_as_it_was"}),
        (broken.ReadsAhead, {"later_rows_and_queries_are_not_read", "blocks_do_not_matter"}),
        (broken.LooksInsideItsBlock, {"blocks_do_not_matter"}),
        (broken.SeedsGlobally, {"global_random_numbers_are_left_alone"}),
        (broken.ScalesItsInput, {"inputs_are_not_changed"}),
        (broken.CentresTheBatch, {"codes_do_not_depend_on_other_rows", "a_run_file_restores_the_codes"}),
        (broken.HidesAParameter, {"every_parameter_is_declared"}),
        (broken.RoundsAParameter, {"parameters_are_stored_unchanged"}),
        (broken.KeepsRows, {"memory_is_bounded"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_method_is_named_by_the_rule_that_it_breaks(method, rules):
    assert failing(CHECKS, method) == rules


def test_a_method_that_ignores_its_seed_is_named_by_that_rule():
    # Whatever compares two methods fails as well.
    assert "the_same_seed_gives_the_same_bits" in failing(CHECKS, broken.DrawsAnew)


def test_a_batch_method_that_reads_queries_is_named_by_that_rule():
    assert failing(BATCH_CHECKS, partial(broken.ReadsQueries, n_anchors=100)) >= {"queries_are_not_read"}


@pytest.mark.parametrize("name", METRICS.names())
def test_every_metric_keeps_the_contract(name):
    assert failing(METRIC_CHECKS, METRICS.get(name)) == set()


@pytest.mark.parametrize(
    ("metric", "rules"),
    [
        (broken.Hits, set()),
        (broken.OutOfBounds, {"values_are_within_the_bounds"}),
        (broken.Weighted, {"the_metric_is_the_mean_of_its_values"}),
        (broken.RankedQueries, {"queries_do_not_matter_to_each_other"}),
        (broken.UpsideDown, {"good_codes_are_better_than_bad_ones"}),
        (broken.ReadsEverything, {"specs_of_other_families_are_left_alone"}),
        (broken.Divides, {"each_query_has_a_number", "good_codes_are_better_than_bad_ones"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_metric_is_named_by_the_rule_that_it_breaks(metric, rules):
    assert failing(METRIC_CHECKS, metric) == rules


UNUSABLE = {"it_can_be_prepared", "no_query_is_in_the_database", "queries_have_neighbors"}


@pytest.mark.parametrize(
    ("dataset", "rules"),
    [
        (broken.Small, set()),
        (broken.WithNan, {"features_are_finite_numbers", *UNUSABLE}),
        (broken.Overlapping, {"no_query_is_in_the_database"}),
        (broken.ReadOnce, {"reading_again_gives_the_same_rows", *UNUSABLE}),
        (broken.LabelsBelowZero, {"labels_are_whole_numbers", *UNUSABLE}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_dataset_is_named_by_the_rule_that_it_breaks(dataset, rules, tmp_path):
    assert failing(DATASET_CHECKS, dataset, tmp_path, tmp_path / "cache") == rules


def test_a_dataset_that_is_drawn_anew_is_named_by_that_rule(tmp_path):
    found = failing(DATASET_CHECKS, broken.DrawnAnew, tmp_path, tmp_path / "cache")
    assert "reading_again_gives_the_same_rows" in found


@pytest.mark.parametrize("name", ["sample", "synthetic"])
def test_every_small_dataset_keeps_the_contract(name, tmp_path):
    assert failing(DATASET_CHECKS, DATASETS.get(name), tmp_path, tmp_path / "cache") == set()


def test_a_verdict_says_what_was_seen():
    with pytest.raises(AssertionError, match=r"codes have the shape \(4200, 17\) for 4200 rows and 16 bits"):
        next(check for check in CHECKS if "column" in check.__name__)(broken.WideCodes)
    with pytest.raises(AssertionError, match=r"the parameter rate is not in constraints"):
        next(check for check in CHECKS if "declared" in check.__name__)(broken.HidesAParameter)


EVERY_CHECK = [*CHECKS, *BATCH_CHECKS, *DATASET_CHECKS, *BACKBONE_CHECKS, *METRIC_CHECKS]


@pytest.mark.parametrize("check", EVERY_CHECK, ids=lambda c: c.__name__)
def test_the_page_on_plug_ins_lists_every_rule_as_check_prints_it(check):
    page = (Path(__file__).parent.parent.parent / "docs" / "plugins.md").read_text()
    expected = " ".join((inspect.getdoc(check) or "").replace("``", "`").split())
    assert f"| {check.__name__.removeprefix('check_').replace('_', ' ')} | {expected} |" in page

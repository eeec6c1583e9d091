import pytest
from hypothesis import given
from hypothesis import strategies as st

from mihash_bench.errors import InputError
from mihash_bench.metrics.spec import MetricSpec, parse_metric, parse_metrics


@pytest.mark.parametrize(
    "text",
    ["mAP", "mAP[ties=index]", "mAP@1000", "mAP@1000[ties=expected]", "P@100", "P@100[ties=index]", "P@r2", "P@r0"],
)
def test_specs_print_as_they_were_written(text):
    assert str(parse_metric(text)) == text


@given(st.sampled_from(["mAP", "P"]), st.integers(1, 10**6), st.sampled_from(["expected", "index"]))
def test_printing_and_parsing_are_inverse(kind, cutoff, ties):
    spec = MetricSpec(kind, cutoff=cutoff, ties=ties)
    assert parse_metric(str(spec)) == spec


def test_ties_have_each_metrics_own_default():
    assert parse_metric("mAP[ties=expected]") == parse_metric("mAP")
    assert parse_metric("mAP@5").ties == "index"
    assert parse_metric("P@5").ties == "expected"


def test_a_metric_named_twice_counts_once():
    assert parse_metrics("mAP,P@r2, mAP[ties=expected]") == (parse_metric("mAP"), parse_metric("P@r2"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("map", "did you mean"),
        ("mAP@0", "at least 1"),
        ("mAP@r2", "unknown"),
        ("P", "unknown"),
        ("mAP[ties=best]", "expected, index"),
        ("P@r2[ties=index]", "no ties"),
        ("precision at ten", "forms such as"),
        ("", "no metric"),
    ],
)
def test_a_metric_that_is_none_is_named_with_what_is_allowed(text, said):
    with pytest.raises(InputError, match="--metric") as caught:
        parse_metrics(text)
    assert said in str(caught.value)

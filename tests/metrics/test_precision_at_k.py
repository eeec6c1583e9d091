import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mihash_bench.metrics.precision_at_k import PrecisionAtK
from tests.metrics.cases import per_query


def test_precision_beyond_the_table_divides_by_k():
    (p,) = per_query(np.zeros((2, 4), bool), np.zeros((1, 4), bool), np.ones((1, 2), bool), "P@8")
    assert p.tolist() == [0.25]


@given(st.integers(1, 10**6), st.sampled_from(["expected", "index"]))
def test_printing_and_parsing_are_inverse(cutoff, ties):
    metric = PrecisionAtK(cutoff, ties)
    assert PrecisionAtK.parse(str(metric)) == metric


def test_ties_are_expected_unless_the_spec_says_otherwise():
    assert PrecisionAtK.parse("P@5") == PrecisionAtK(5, "expected")


def test_ranks_are_needed_only_for_ties_in_database_order():
    assert [PrecisionAtK(9, ties).cutoffs(70) for ties in ("expected", "index")] == [(), (9,)]


def test_captions_say_how_ties_are_ordered():
    assert "all orders" in PrecisionAtK(9).ties_note
    assert "database order" in PrecisionAtK(9, "index").ties_note

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mihash_bench.errors import InputError
from mihash_bench.metrics.precision_at_k import PrecisionAtK
from tests.metrics.cases import per_query


def test_more_ranks_than_the_database_has_items_are_refused():
    case = np.zeros((2, 4), bool), np.zeros((1, 4), bool), np.array([[True, False]])
    assert per_query(*case, "P@2")[0].tolist() == [0.5]
    with pytest.raises(InputError, match=r"--metric: P@3 .*the database has 2 \(allowed: at most P@2\)"):
        per_query(*case, "P@3")


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

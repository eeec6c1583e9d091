import numpy as np

from mihash_bench.experiment.result import curve_columns, decision_columns


def test_counts_are_whole_numbers_and_everything_else_is_a_float():
    columns = curve_columns([{"examples": 0, "mAP": 1, "updates": 0.0}, {"examples": 100, "mAP": 0.5, "updates": 1.0}])
    assert {name: (column.dtype, column.tolist()) for name, column in columns.items()} == {
        "examples": (np.int64, [0, 100]),
        "mAP": (np.float64, [1.0, 0.5]),
        "updates": (np.int64, [0, 1]),
    }


def test_decisions_have_their_columns_even_if_there_are_none():
    kinds = {"examples": np.int64, "q_current": np.float64, "q_snapshot": np.float64, "updated": np.bool_}
    for decisions in ([], [(100, 0.5, 0.25, True), (200, 0.5, 0.5, False)]):
        columns = decision_columns(decisions)
        assert {name: column.dtype for name, column in columns.items()} == kinds
        assert list(zip(*columns.values(), strict=True)) == decisions

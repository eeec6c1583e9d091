"""Which figures are drawn of which columns."""

import pytest

from mihash_bench.errors import InputError
from mihash_bench.report.figures.plan import planned_figures

from ..frames import batch_run, joined, run


def names(frame, xs, *ys):
    return [plan.name for plan in planned_figures(frame, xs, ys)]


def both():
    return joined(run(), batch_run(), batch_run("shk"))


def test_costs_are_drawn_as_metrics_are_by_the_settings_that_have_them():
    assert names(both(), ["examples", "epoch"], "updates") == [
        "curve-updates-examples",
        "curve-batch-1-objective-epoch",
    ]
    assert names(run(), ["updates", "bits"], "mAP", "train_s") == [
        "curve-mAP-updates", "curve-mAP-bits", "curve-train_s-updates", "curve-train_s-bits",
    ]  # fmt: skip


def test_a_cost_is_not_drawn_over_itself():
    assert names(run(), None, "train_s") == [
        "curve-train_s-examples",
        "curve-train_s-bit_recomputations",
        "curve-train_s-table_s",
    ]
    with pytest.raises(InputError, match=r"--y: updates is the x axis, too \(allowed: another --x or --y\)"):
        names(run(), ["examples", "updates"], "updates")


def test_what_is_known_once_for_each_run_is_drawn_over_the_code_length():
    assert names(batch_run(), None, "train_memory_bytes")[0] == "curve-batch-1-train_memory_bytes-bits"
    with pytest.raises(
        InputError, match=r"--y: train_memory_bytes is known once for each run \(allowed: with --x bits"
    ):
        names(batch_run(), ["epoch"], "train_memory_bytes")


def test_an_objective_has_its_only_axis():
    assert names(batch_run(), None, "objective") == ["curve-batch-1-objective-epoch"]
    with pytest.raises(InputError, match=r"--y: objective is comparable only within one method.*allowed: --x epoch"):
        names(batch_run(), ["train_s"], "objective")


@pytest.mark.parametrize("y", ["examples", "bits", "epoch", "key", "seed", "mAP "])
def test_what_is_no_result_is_refused(y):
    with pytest.raises(InputError, match=r"--y: .* is unknown.*allowed: .*mAP"):
        names(both(), ["train_s"], y)


def test_columns_of_different_settings_make_no_figure():
    frame = joined(run().assign(**{"P@5": 0.5}), batch_run())
    with pytest.raises(InputError, match="--x, --y: no setting has both epoch and P@5"):
        names(frame, ["epoch"], "P@5")


def test_the_time_of_rebuilding_an_index_is_an_axis_only_if_runs_have_measured_it():
    searched = run().assign(**{"search faiss-hash rebuild_s": [0.0, 1.0, 2.0]})
    assert names(searched, None, "mAP")[-1] == "curve-mAP-rebuild_s"
    assert "curve-mAP-rebuild_s" not in names(run(), None, "mAP")
    with pytest.raises(InputError, match=r"--x: no finished run has rebuild_s \(allowed: with runs of `run --search`"):
        names(run(), ["rebuild_s"], "mAP")

"""What the cells of each column are, from the rows of a summary."""

import numpy as np
import pandas as pd
import pytest

from mihash_bench.report.data.statistics import summary
from mihash_bench.report.tables.measures import (
    AUC,
    COSTS,
    FINAL,
    MIB,
    TRIALS,
    cost,
    plain,
    ratio,
    statistic,
    without_spread,
)
from mihash_bench.report.tables.model import Cell

from ..frames import three_trials


def line(**columns):
    """A line of a table that shows these columns of a summary, with one row for each trigger."""
    return pd.DataFrame(columns).to_dict("records")


def test_a_statistic_is_its_mean_with_its_deviation_in_the_given_unit():
    rows = line(size_mean=[3.0 * MIB], size_sd=[1.5 * MIB])
    assert statistic("size", unit=MIB)(rows) == Cell(3.0, 1.5)


def test_a_statistic_of_one_trigger_reads_only_its_row():
    rows = line(trigger=["off", "on"], cost_mean=[9.0, 2.0], cost_sd=[0.5, np.nan])
    assert statistic("cost", trigger="off")(rows) == Cell(9.0, 0.5)
    assert statistic("cost", trigger="on")(rows) == Cell(2.0, None)
    assert statistic("cost", trigger="none of them")(rows) == Cell()


def test_what_the_summary_does_not_have_is_an_empty_cell():
    assert plain("published")(line(trials=[3])) == Cell()
    assert plain("published")(line(published=[np.nan])) == Cell()
    assert statistic("energy")(line(trials=[3])[:0]) == Cell()


def test_counts_stay_whole_numbers():
    value = plain("trials")(line(trials=np.array([3]))).value
    assert (value, type(value)) == (3, int)


def test_a_ratio_divides_the_means_of_two_triggers_unless_the_divisor_is_too_small():
    rows = line(trigger=["off", "on"], cost_mean=[9.0, 2.0])
    read = ratio("cost", "off", "on", least=1.0)
    assert read(rows) == Cell(4.5)
    assert read([rows[0], {**rows[1], "cost_mean": 0.5}]) == Cell()
    assert read(rows[:1]) == Cell()


def test_two_rows_for_one_cell_are_an_error():
    with pytest.raises(ValueError, match="trials: 2 rows of the summary for one cell"):
        plain("trials")(line(trials=[3, 3]))


def test_a_measure_can_do_without_its_spread():
    rows = line(final_mean=[0.5], final_sd=[0.1])
    assert FINAL.read(rows) == Cell(0.5, 0.1)
    assert without_spread(FINAL).read(rows) == Cell(0.5)


def test_the_columns_of_a_summary_have_a_measure_each():
    row = summary(three_trials(), "mAP").query("method == 'mihash'").to_dict("records")
    assert FINAL.read(row).value == pytest.approx(0.6)
    assert AUC.read(row).spread == pytest.approx(0.025)
    assert TRIALS.read(row).value == 3
    assert COSTS["bit_recomputations"].read(row).value == 2000


def test_a_cost_without_a_title_of_its_own_has_its_name():
    assert cost("train_s").title == "Training time (s)"
    assert cost("energy").title == "energy"
    assert cost("energy").read(line(energy_mean=[2.5], energy_sd=[0.5])) == Cell(2.5, 0.5)

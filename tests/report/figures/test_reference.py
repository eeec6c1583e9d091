"""The line of what is reached without hash codes."""

import pytest

from mihash_bench.report.data.reference import Reference
from mihash_bench.report.data.selection import comparable
from mihash_bench.report.figures.curves import curve_grid
from mihash_bench.report.figures.figure import figure_of
from mihash_bench.settings.base import setting_of

from ..frames import joined, run


@pytest.fixture
def frame():
    return comparable(joined(run(), run("osh")))


def drawn(frame, x="examples"):
    """The y values of each line, and the entries of the legend."""
    made = figure_of(curve_grid(frame, x, "mAP"))
    lines = [list(map(float, line.get_ydata())) for line in made.axes[0, 0].lines]
    return lines, [label for _, label in made.legend.entries]


def test_a_value_that_is_always_the_same_is_a_line_across_the_panel(frame):
    plain, _ = drawn(frame)
    for x in ("examples", "train_s", "bits"):
        lines, labels = drawn(frame.assign(reference=0.25), x)
        assert [0.25, 0.25] in lines
        assert "float cosine, no codes" in labels
    assert len(drawn(frame.assign(reference=0.25))[0]) == len(plain) + 1


def test_values_that_change_are_drawn_over_the_examples_only(frame):
    changing = frame.assign(reference=frame["examples"] / 10_000)
    lines, _ = drawn(changing)
    assert sorted(set(changing["reference"])) in lines
    assert len(drawn(changing, "train_s")[0]) == len(drawn(frame, "train_s")[0])


def test_without_values_there_is_no_line_and_no_entry(frame):
    lines, labels = drawn(frame.assign(reference=float("nan")))
    assert lines == drawn(frame)[0]
    assert "float cosine, no codes" not in labels


def test_a_figure_without_the_line_has_no_entry_of_it(frame):
    changing = frame.assign(reference=frame["examples"] / 10_000)
    assert "float cosine, no codes" in drawn(changing)[1]
    assert "float cosine, no codes" not in drawn(changing, "train_s")[1]


@pytest.mark.parametrize(
    ("x", "looked_up"), [("train_s", False), ("updates", False), ("examples", True), ("bits", True)]
)
def test_values_that_change_are_not_computed_for_axes_without_the_line(frame, x, looked_up):
    asked = []
    runs = frame.drop_duplicates("key").assign(config="{}")
    reference = Reference("float", lambda config, digest, metric: asked.append(metric) or {"100": 0.3}, runs)
    growing = frame.assign(dataset="sample (protocol=growing)")
    rows = reference.beside(growing, "mAP", setting_of("online").axis(x))
    assert rows["reference"].notna().any() == looked_up == bool(asked)
    assert reference.beside(frame, "mAP", setting_of("online").axis(x))["reference"].notna().any()

"""The legend's entries, its columns, its caption and the room it asks for."""

import pytest
from matplotlib.figure import Figure

from mihash_bench.report.figures.legend import (
    CAPTION_SPACE,
    LINE_HEIGHT,
    POINTS_AN_INCH,
    font_size,
    legend_of,
    line_style,
)
from mihash_bench.report.figures.style import Look, looks

from ..frames import joined, run

LINE = LINE_HEIGHT * font_size() / POINTS_AN_INCH


def legend(*frames, trials=(3,), width=7.0, note=""):
    rows = joined(*frames)
    series = sorted(set(zip(rows["method"], rows["variant"], strict=True)))
    return legend_of(rows, looks(series), trials, width, note)


def labels(made):
    return [label for _, label in made.entries]


def test_methods_come_first_and_the_triggers_have_a_last_column_of_their_own():
    made = legend(*(run(name, trigger=on) for name in ("lsh", "mihash", "osh") for on in ("on", "off")))
    assert made.columns == 3
    assert labels(made) == ["LSH", "MIHASH", "OSH", "", "trigger on", "trigger off"]


def test_without_triggers_there_are_only_methods():
    made = legend(*(run(name, trigger="") for name in ("lsh", "mihash")))
    assert (labels(made), made.columns) == (["LSH", "MIHASH"], 2)


def test_a_narrow_figure_has_fewer_columns():
    frames = [run(f"a-long-name-{number}", trigger="") for number in range(4)]
    narrow, wide = legend(*frames, width=2.5), legend(*frames, width=7.0)
    assert narrow.columns < wide.columns
    assert narrow.height > wide.height


def test_a_variant_is_named_by_its_parameters_and_a_long_name_is_broken():
    made = legend(run("osh", variant="step_size=2.0"), run("lsh", method_title="a word " * 12))
    assert "OSH (step_size=2.0)" in labels(made)
    assert any("\n" in label for label in labels(made))


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        ([1, 1], "one trial"),
        ([3, 3], "mean of 3 trials, band ± 1 standard deviation"),
        ([2, 3], "mean of 2 to 3 trials, band ± 1 standard deviation"),
    ],
)
def test_the_caption_says_how_many_trials_the_curves_have(trials, said):
    assert legend(run(), trials=trials).caption == f"MIHASH, trigger on: {said}"
    assert legend(run(), run("osh", trigger="off"), trials=trials).caption == said[:1].upper() + said[1:]


def test_what_does_not_vary_has_no_entry_and_is_in_the_caption():
    one_trigger = legend(run(trigger="off"), run("osh", trigger="off"))
    assert labels(one_trigger) == ["MIHASH", "OSH"]
    assert one_trigger.caption.startswith("trigger off: mean of 3 trials")
    one_method = legend(run(), run(trigger="off"))
    assert labels(one_method) == ["trigger on", "trigger off"]
    assert one_method.caption.startswith("MIHASH: mean of 3 trials")


def test_the_height_grows_by_a_line_for_each_line_of_the_note():
    both = run(), run("osh")
    without, short, long = (legend(*both, note=note) for note in ("", "A note.", "A note.\nAnother $x."))
    # One line of entries and one of the caption.
    assert without.height == pytest.approx((2 + CAPTION_SPACE) * LINE)
    assert short.height - without.height == pytest.approx(LINE)
    assert long.height - short.height == pytest.approx(LINE)
    assert long.caption.splitlines()[1:] == ["A note.", r"Another \$x."]


def test_the_trigger_changes_dashes_and_filling_but_not_the_methods_colour_and_marker():
    on, off = (line_style(Look("#123456", "s"), name) for name in ("on", "off"))
    assert on["color"] == off["color"] == "#123456"
    assert on["marker"] == off["marker"] == "s"
    assert on["linestyle"] != off["linestyle"]
    assert {on["markerfacecolor"], off["markerfacecolor"]} == {"#123456", "white"}


def test_the_legend_is_drawn_with_its_entries_and_caption():
    figure, made = Figure(layout="constrained"), legend(run(), run("osh"))
    made.add_below(figure)
    [drawn] = figure.legends
    assert [text.get_text() for text in drawn.get_texts()] == labels(made)
    assert drawn.get_title().get_text() == made.caption

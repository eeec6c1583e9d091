"""What a user may ask of a figure."""

import re
import xml.etree.ElementTree as ET

import matplotlib
import pytest
from matplotlib.figure import Figure

from mihash_bench.errors import InputError
from mihash_bench.report.data.choice import Choice
from mihash_bench.report.figures.curves import plot_curves
from mihash_bench.report.figures.design import (
    SIZES,
    TEX_POINTS,
    Design,
    Size,
    parsed_layout,
    parsed_limits,
    parsed_size,
)

from ..frames import joined, run


def lengths():
    return joined(*(run(m, t, bits=bits, values=(0.1, 0.2, bits / 64 + t / 50))
                    for m in ("mihash", "osh") for t in range(2) for bits in (8, 16, 32)))  # fmt: skip


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Draw a figure, whose files stay empty."""
    figures = []
    monkeypatch.setattr(Figure, "savefig", lambda self, *args, **kwargs: figures.append(self))

    def draw(frame, x="examples", choice=None, **wishes):
        chosen = choice or Choice()
        plot_curves(chosen.named(frame), x, "mAP", tmp_path / "figure", choice=chosen, design=Design(**wishes))
        return figures[-1]

    return draw


@pytest.mark.parametrize("name", SIZES)
def test_a_figure_has_the_wanted_size_and_nothing_is_outside_of_it(drawn, name):
    figure = drawn(lengths(), size=parsed_size(name))
    figure.draw_without_rendering()
    assert figure.get_size_inches()[0] == pytest.approx(SIZES[name].width)
    if SIZES[name].height:
        assert figure.get_size_inches()[1] == SIZES[name].height
    box = figure.get_tightbbox()
    assert box.x0 > -0.02
    assert box.x1 < SIZES[name].width + 0.02


def test_sizes_are_those_of_the_pages():
    points = {name: round(size.width * TEX_POINTS, 2) for name, size in SIZES.items()}
    assert (points["ieee-column"], points["ieee-page"]) == (252, 516)
    assert parsed_size("4,2.5") == Size(4, 2.5)


@pytest.mark.parametrize("text", ["ieee", "4", "0,3", "nan,2", "4,2,1", "1e9,1"])
def test_a_size_that_is_none_is_refused(text):
    with pytest.raises(InputError, match=re.escape(f"--size: {text!r} is unknown")):
        parsed_size(text)


@pytest.mark.parametrize("text", ["1", "2,1", "a,b", "0,inf"])
def test_limits_that_are_none_are_refused(text):
    with pytest.raises(InputError, match="--ylim: .*allowed: LOW,HIGH"):
        parsed_limits(text, "--ylim")


@pytest.mark.parametrize("text", ["3", "0x3", "1x", "1x99", "axb"])
def test_a_layout_that_is_none_is_refused(text):
    with pytest.raises(InputError, match="--layout: .*ROWSxCOLUMNS"):
        parsed_layout(text)


def test_panels_are_in_the_wanted_layout_and_in_the_chosen_order(drawn):
    figure = drawn(lengths(), choice=Choice({"bits": (32, 8, 16)}), layout=(3, 1))
    assert [axes.get_title() for axes in figure.axes] == ["32 bits", "8 bits", "16 bits"]
    assert figure.axes[0].get_gridspec().get_geometry() == (3, 1)
    with pytest.raises(InputError, match="--layout: 1x2 is too small for 3 panels"):
        drawn(lengths(), layout=(1, 2))


def test_methods_have_the_chosen_order_and_labels_in_the_legend(drawn):
    figure = drawn(lengths(), choice=Choice({"method": ("osh", "mihash")}, {"mihash": "Ours"}))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["OSH", "Ours"]


def test_limits_and_scale_hold_in_all_panels(drawn):
    figure = drawn(lengths().assign(examples=lengths()["examples"] + 1), ylim=(0, 0.9), xlim=(1, 300), xscale="log")
    assert {axes.get_ylim() for axes in figure.axes} == {(0, 0.9)}
    assert {axes.get_xlim() for axes in figure.axes} == {(1, 300)}
    assert {axes.get_xscale() for axes in figure.axes} == {"symlog"}


def test_panels_of_one_dataset_share_limits_and_all_panels_share_a_scale(drawn):
    rows = lengths()
    rows["bit_recomputations"] = rows["bit_recomputations"] * rows["bits"].map({8: 1, 16: 1, 32: 1000})
    figure = drawn(rows, "bit_recomputations")
    assert {axes.get_xscale() for axes in figure.axes} == {"symlog"}
    assert len({axes.get_xlim() for axes in figure.axes}) == len({axes.get_ylim() for axes in figure.axes}) == 1


def test_the_legend_may_be_inside_or_missing(drawn):
    inside, without = drawn(lengths(), legend="inside"), drawn(lengths(), legend="none")
    assert not inside.legends
    assert [bool(axes.get_legend()) for axes in inside.axes] == [True, False, False]
    assert not without.legends
    assert not any(axes.get_legend() for axes in without.axes)


def test_over_bits_there_is_one_panel_with_a_marker_at_each_code_length(drawn):
    [axes] = drawn(lengths(), "bits").axes
    assert {tuple(line.get_xdata()) for line in axes.lines} == {(8, 16, 32)}
    assert list(axes.get_xticks()) == [8, 16, 32]


def test_markers_are_at_measured_x(drawn):
    rows = joined(run(x=range(0, 400, 10), values=range(40)), run(trial=1, x=range(5, 405, 10), values=range(40)))
    [line] = drawn(rows).axes[0].lines
    start, step = line.get_markevery()
    assert set(line.get_xdata()[start::step]) <= set(rows["examples"])


def test_variants_differ_by_line_and_marker_and_triggers_by_filling(drawn):
    rows = joined(*(run(variant=variant, trigger=on) for variant in ("", "a=1", "a=2") for on in ("on", "off")))
    lines = drawn(rows).axes[0].lines
    looks = {(line.get_marker(), str(line._unscaled_dash_pattern), line.get_markerfacecolor()) for line in lines}
    assert len(looks) == 6
    assert len({line.get_marker() for line in lines}) == 3


def test_a_style_file_and_the_users_matplotlibrc_are_respected(drawn, tmp_path, monkeypatch):
    style, rc = tmp_path / "mine.mplstyle", tmp_path / "matplotlibrc"
    style.write_text("axes.facecolor: yellow\n")
    rc.write_text("axes.facecolor: red\nlines.linewidth: 3\nbackend: pdf\n")
    assert drawn(lengths(), style=style).axes[0].get_facecolor()[:3] == (1, 1, 0)
    monkeypatch.setattr(matplotlib, "matplotlib_fname", lambda: str(rc))
    both = drawn(lengths(), style=style).axes[0]
    assert (both.get_facecolor()[:3], both.lines[0].get_linewidth()) == ((1, 1, 0), 3)
    assert drawn(lengths()).axes[0].get_facecolor()[:3] == (1, 0, 0)
    with pytest.raises(InputError, match="--style: cannot read .*none.mplstyle"):
        drawn(lengths(), style=tmp_path / "none.mplstyle")


def test_svg_is_the_same_every_time_and_says_what_made_it(tmp_path):
    design = Design(formats=("svg",))
    [first], [second] = (plot_curves(lengths(), "examples", "mAP", tmp_path / name, design=design) for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert ET.parse(first).getroot().tag.endswith("svg")


def test_pgf_needs_latex(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="--format: pgf needs pdflatex, which is not installed"):
        plot_curves(lengths(), "examples", "mAP", tmp_path / "f", design=Design(formats=("pgf",)))

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from mihash_bench.errors import InputError
from mihash_bench.report.figures.curves import epoch_note, plot_curves, plot_own_scale
from mihash_bench.report.figures.decades import LABEL_INCHES, ZERO_TO_FIRST, label_places
from mihash_bench.report.figures.design import TEX_POINTS
from mihash_bench.report.figures.style import PALETTE

from ..frames import batch_run, failed, joined, run, three_trials

HERE = Path(__file__).parents[3]


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Draw a figure, whose files stay empty."""
    figures = []
    monkeypatch.setattr(Figure, "savefig", lambda self, *args, **kwargs: figures.append(self))

    def draw(frame, x="examples", y="mAP"):
        plot_curves(frame, x, y, tmp_path / "figure")
        return figures[-1]

    return draw


def lsh_never_rebuilds(frame):
    return frame.assign(bit_recomputations=np.where(frame["method"] == "lsh", 0, frame["bit_recomputations"]))


def legend_texts(figure):
    return [text.get_text() for text in figure.legends[0].get_texts() if text.get_text()]


def tick_labels(axis):
    """The labels that are drawn: matplotlib also keeps some for places outside of the view."""
    low, high = axis.get_view_interval()
    shown = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [tick.label1 for tick in shown if tick.label1.get_text()]


def everything_written(figure):
    """All visible texts of a figure, laid out."""
    figure.draw_without_rendering()
    labels = [t for a in figure.axes for axis in (a.xaxis, a.yaxis) for t in tick_labels(axis)]
    names = [t for a in figure.axes for t in (a.title, a.xaxis.label, a.yaxis.label)]
    legend = figure.legends[0]
    return [t for t in [*labels, *names, *legend.get_texts(), legend.get_title()] if t.get_text()]


def test_there_is_one_column_per_dataset_and_one_row_per_code_length(drawn, frame):
    more = joined(frame, run(dataset="other", dataset_title="Other"), run(bits=16))
    axes = drawn(more).axes
    assert [a.get_title() for a in axes] == ["Sample, 16 bits", "Other, 16 bits", "Sample, 32 bits", "Other, 32 bits"]
    assert [t.get_text() for t in axes[1].texts] == ["no finished run"]
    assert not axes[0].texts


def test_axes_say_what_they_show_in_words(drawn, frame):
    names = {x: drawn(frame, x).axes[0].get_xlabel() for x in ("examples", "train_s", "bit_recomputations")}
    assert names == {
        "examples": "Examples seen", "train_s": "Training time (s)", "bit_recomputations": "Bit recomputations"
    }  # fmt: skip
    assert drawn(frame).axes[0].get_ylabel() == "mAP"


def test_the_trigger_is_told_apart_without_colour(drawn, frame):
    lines = [line for line in drawn(frame).axes[0].lines if line.get_color() == PALETTE[5]]
    off, on = (next(line for line in lines if line.get_linestyle() == dash) for dash in ("--", "-"))
    assert off.get_markerfacecolor() == "white"
    assert on.get_markerfacecolor() == on.get_color()


def test_lines_and_bands_are_the_mean_over_trials_and_one_deviation(drawn):
    axes = drawn(joined(run(values=(0, 0, 0)), run(trial=1, values=(1, 1, 1)))).axes[0]
    assert set(axes.lines[0].get_ydata()) == {0.5}
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((0.5 - 0.5**0.5, 0.5 + 0.5**0.5))


def test_a_method_that_never_rebuilds_is_a_point_over_bit_recomputations(drawn, frame):
    axes = drawn(lsh_never_rebuilds(frame), "bit_recomputations").axes[0]
    points = [line for line in axes.lines if line.get_linestyle() == "None" and line.get_marker() == "P"]
    assert [point.get_xdata().tolist() for point in points] == [[0], [0]]
    assert [point.get_ydata().tolist() for point in points] == [pytest.approx([0.2])] * 2


def test_a_point_has_an_error_bar_only_where_there_are_several_trials(drawn, frame):
    several = drawn(lsh_never_rebuilds(frame), "bit_recomputations").axes[0]
    single = drawn(lsh_never_rebuilds(frame[frame["trial"] == 0]), "bit_recomputations").axes[0]
    assert [len(container.lines[2]) for container in several.containers] == [1, 1]
    assert [len(container.lines[2]) for container in single.containers] == [0, 0]


def test_bands_are_drawn_only_where_there_are_several_trials(drawn, frame):
    assert drawn(frame).axes[0].collections
    assert not drawn(run()).axes[0].collections


def test_the_legend_names_each_method_once_and_says_what_the_lines_are(drawn, frame):
    figure = drawn(joined(frame, run("osh", variant="a=1,b=2")))
    assert legend_texts(figure) == ["MIHASH", "OSH (a=1, b=2)", "LSH", "trigger on", "trigger off"]
    assert not any(axes.get_legend() for axes in figure.axes)


def test_the_legend_says_how_many_trials_there_are(drawn, frame):
    def caption(runs):
        return drawn(runs).legends[0].get_title().get_text()

    assert caption(frame) == "Mean of 3 trials, band ± 1 standard deviation"
    assert caption(frame[frame["trial"].eq(0) | frame["method"].eq("lsh")]).startswith("Mean of 1 to 3 trials")
    assert caption(run()) == "MIHASH, trigger on: one trial"


def test_runs_without_the_metric_and_failed_ones_are_in_neither_panels_nor_legend(drawn):
    figure = drawn(joined(run(), run("osh", values=(np.nan,) * 3), failed(method="okh")))
    assert legend_texts(figure) == []
    assert figure.legends[0].get_title().get_text() == "MIHASH, trigger on: one trial"
    assert len(figure.axes[0].lines) == 1


def test_settings_never_share_a_panel(drawn):
    axes = drawn(joined(run(), batch_run(bits=32)), "train_s").axes
    assert [a.get_title() for a in axes] == ["online", "batch-1"]


def test_bit_recomputations_that_differ_by_orders_are_on_a_logarithmic_axis_with_zero(drawn):
    far = joined(run(), run(trigger="off").assign(bit_recomputations=[0, 5_000, 2_000_000]))
    axes = drawn(far, "bit_recomputations").axes[0]
    assert axes.get_xscale() == "symlog"
    shown = [label.get_text() for label in axes.get_xticklabels()]
    assert shown[0] == "0"
    assert {"10k", "100k", "1M"} <= set(shown)
    assert drawn(run(), "bit_recomputations").axes[0].get_xscale() == "linear"
    assert drawn(far, "examples").axes[0].get_xscale() == "linear"


@pytest.mark.parametrize("last", [11, 90, 1234, 10**6, 10**12])
@pytest.mark.parametrize("inches", [1.6, 2.9])
def test_labels_of_the_logarithmic_axis_keep_their_distance(last, inches):
    places = label_places(1, last, inches)
    decade = inches / (np.log10(last) + ZERO_TO_FIRST)
    assert len(places) >= 2
    assert np.diff(np.log10(places)).min() * decade >= LABEL_INCHES
    assert places[-1] <= last


def test_each_engine_has_a_panel_with_an_x_axis_of_its_own(drawn):
    cheap, dear = "search faiss-hash rebuild_s", "search faiss-ivf rebuild_s"
    seconds = ("on", (0, 0.001, 0.002)), ("off", (0, 0.002, 0.004))
    rows = [run(trigger=on).assign(**{cheap: here, dear: [1000 * each for each in here]}) for on, here in seconds]
    figure = drawn(joined(*rows), "rebuild_s")
    assert [axes.get_title() for axes in figure.axes] == ["Hash", "IVF"]
    for axes, last in zip(figure.axes, (0.004, 4), strict=True):
        low, high = axes.get_xlim()
        # All markers are within the limits, and the slowest is near the end.
        assert low < 0 < 0.9 * high < last < high
        assert axes.get_xlabel() == "Rebuilding the index (s)"
    said = " ".join(figure.legends[0].get_title().get_text().split())
    assert "the processor time of one build" in said


def test_the_time_of_a_table_policy_is_described_in_its_own_way(drawn):
    usual, pool = (drawn(run(dataset=name), "table_s") for name in ("sample", "sample (policy=pool)"))
    notes = [" ".join(each.legends[0].get_title().get_text().split()) for each in (usual, pool)]
    assert "of one table alone, measured in the run" in notes[0]
    assert "measured at each of its updates" in notes[1]


def test_nothing_is_cut_off_and_no_axis_labels_touch(drawn):
    long = "A dataset (reservoir=50, examples=2000, checkpoints=10)"
    datasets = [three_trials().assign(dataset=f"d{n}", dataset_title=long) for n in range(3)]
    frame = joined(*(each.assign(key=each["key"] + each["dataset"]) for each in datasets))
    frame["bit_recomputations"] *= 10 ** (frame["examples"] / 60)
    figure = drawn(
        joined(frame, run("osh", variant="gradient=released,step_size=0.5,decay=0.001")), "bit_recomputations"
    )
    boxes = [text.get_window_extent() for text in everything_written(figure)]
    width, height = figure.get_size_inches() * figure.dpi
    assert all(b.x0 >= 0 and b.y0 >= 0 and b.x1 <= width and b.y1 <= height for b in boxes)
    for axes in figure.axes:
        labels = [label.get_window_extent() for label in tick_labels(axes.xaxis)]
        assert len(labels) >= 3
        assert all(left.x1 < right.x0 for left, right in pairwise(labels))


def test_the_legend_is_below_all_panels(drawn, frame):
    figure = drawn(frame)
    figure.draw_without_rendering()
    assert figure.legends[0].get_window_extent().y1 <= min(axes.get_tightbbox().y0 for axes in figure.axes)


def test_one_dataset_fits_a_column_and_any_number_of_panels_a_page(drawn, frame):
    others = [frame.assign(dataset=name, key=frame["key"] + name) for name in "abcde"]
    assert drawn(frame).get_size_inches()[0] * TEX_POINTS == pytest.approx(252)
    assert drawn(joined(frame, others[0])).get_size_inches()[0] * TEX_POINTS == pytest.approx(516)
    many = drawn(joined(frame, *others))
    assert many.get_size_inches()[0] * TEX_POINTS == pytest.approx(516)
    assert many.axes[0].get_gridspec().get_geometry() == (2, 3)


def test_dollars_in_names_are_shown_as_they_are(drawn, frame):
    figure = drawn(frame.assign(method_title="$x_1$", dataset_title="$y^2$"))
    figure.draw_without_rendering()
    assert legend_texts(figure)[0] == r"\$x_1\$"
    assert figure.axes[0].get_title() == r"\$y^2\$, 32 bits"


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("_hidden", " _hidden"), ("", "(no name)"), ("a\x1b[31m\n b", "a\\x1b[31m b"), ("\u202e", "\\u202e"),
        ("\\$x$", r"\\$x\$"), ("${\\frac", r"\${\frac"),
    ],
)  # fmt: skip
def test_every_title_is_in_the_legend_as_it_is(drawn, frame, title, label):
    figure = drawn(frame.assign(method_title=title, dataset_title=title))
    figure.draw_without_rendering()
    assert legend_texts(figure)[0] == label
    assert figure.axes[0].get_title().startswith(label.strip().removeprefix("(no name)"))


def test_a_very_long_title_is_cut_so_that_the_figure_fits_a_page(drawn, frame):
    long = frame.assign(method_title="m" * 15_000, dataset_title="d " * 7_000).rename(columns={"mAP": "y" * 5_000})
    assert drawn(long, y="y" * 5_000).get_size_inches()[1] < 10


def test_both_files_are_written_and_fonts_are_embedded_as_truetype(tmp_path, frame):
    paths = plot_curves(frame, "examples", "mAP", tmp_path / "curve.v1")
    assert [path.name for path in paths] == ["curve.v1.pdf", "curve.v1.png"]
    pdf, png = (path.read_bytes() for path in paths)
    assert pdf.startswith(b"%PDF")
    assert b"/Type42" in pdf or b"/CIDFontType2" in pdf
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20]) == int(252 / TEX_POINTS * 200)


def test_the_same_runs_give_the_same_files(tmp_path, frame):
    first, second = (
        [path.read_bytes() for path in plot_curves(frame, "examples", "mAP", tmp_path / name)] for name in "ab"
    )
    assert first == second


def test_another_process_gives_the_same_files(tmp_path, frame):
    code = (
        "import sys; from pathlib import Path; from tests.report.frames import three_trials\n"
        "from mihash_bench.report.figures.curves import plot_curves\n"
        "plot_curves(three_trials(), 'examples', 'mAP', Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", code, tmp_path / "there"], check=True, cwd=HERE, env=environment)
    here = plot_curves(frame, "examples", "mAP", tmp_path / "here")
    assert [path.read_bytes() for path in here] == [(tmp_path / f"there{p.suffix}").read_bytes() for p in here]


def test_figures_do_not_depend_on_the_users_settings_and_leave_them_alone(tmp_path, frame):
    plain = plot_curves(frame, "examples", "mAP", tmp_path / "plain")[1].read_bytes()
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 20, "pdf.fonttype": 3}):
        before = dict(matplotlib.rcParams)
        assert plot_curves(frame, "examples", "mAP", tmp_path / "mine")[1].read_bytes() == plain
        assert dict(matplotlib.rcParams) == before


def test_pyplot_is_not_imported():
    code = "import sys, mihash_bench.report.write; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_metric_that_no_finished_run_has_is_refused(tmp_path):
    with pytest.raises(InputError, match="no finished run has mAP"):
        plot_curves(joined(failed(), run(values=(np.nan,) * 3)), "examples", "mAP", tmp_path / "none")


def test_a_hollow_marker_is_visible_on_white(drawn, frame):
    off = next(line for line in drawn(frame).axes[0].lines if line.get_linestyle() == "--")
    assert to_rgba(off.get_markeredgecolor()) == to_rgba(PALETTE[5])


def batch_runs(**changed):
    """Two methods whose epochs span two decades."""
    runs = [
        batch_run(name, trial, bits, method_title=name.upper(), **changed).assign(epoch=[0, last])
        for name, last in (("sdh", 2), ("shk", 12), ("dpsh", 150))
        for trial in range(2)
        for bits in (12, 24, 32)
    ]
    return joined(*runs)


def test_batch_curves_have_code_lengths_side_by_side_epochs_over_decades_and_say_what_an_epoch_is(drawn):
    figure = drawn(batch_runs(), "epoch")
    assert [axes.get_title() for axes in figure.axes[:3]] == [f"{bits} bits" for bits in (12, 24, 32)]
    places = [axes.get_subplotspec() for axes in figure.axes[:3]]
    assert [(each.rowspan.start, each.colspan.start) for each in places] == [(0, 0), (0, 1), (0, 2)]
    assert {axes.get_xscale() for axes in figure.axes[:3]} == {"symlog"}
    said = figure.legends[0].get_title().get_text()
    assert "An epoch of SHK is one bit." in said
    assert "An epoch of SDH" in said
    assert "trigger" not in " ".join(text.get_text() for text in figure.legends[0].get_texts())


def test_objectives_have_a_column_and_a_scale_per_method(monkeypatch, tmp_path):
    rows = batch_runs()
    rows.loc[(rows["method"] == "sdh") & (rows["epoch"] == 0), "objective"] = 5_000.0
    figures = []
    monkeypatch.setattr(Figure, "savefig", lambda self, *args, **kwargs: figures.append(self))
    plot_own_scale(rows, "objective", tmp_path / "figure")
    figure = figures[0]
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[:3] == ["SHK, 12 bits", "SDH, 12 bits", "DPSH, 12 bits"]
    assert len(titles) == 9
    assert {axes.get_yscale() for axes in figure.axes} == {"log"}
    assert len({axes.get_ylim() for axes in figure.axes[:3]}) > 1


def test_only_figures_over_epochs_say_what_an_epoch_is_and_only_of_methods_that_are_installed():
    rows = joined(batch_run("sdh"), batch_run("shk"), batch_run("dpsh"), batch_run("elsewhere"))
    assert epoch_note(rows, "epoch").startswith("An epoch of SHK is one bit. An epoch of SDH is a round")
    assert epoch_note(rows, "train_s") == ""
    assert epoch_note(run(), "epoch") == ""


def test_a_figure_of_runs_with_learned_codes_in_the_table_says_so(drawn):
    figure = drawn(joined(run("ridge", dataset="sample (policy=learned)", dataset_title="Ours")), "examples")
    assert "labels in the table" in " ".join(figure.legends[0].get_title().get_text().split())


def test_an_axis_that_a_setting_does_not_have_is_refused(tmp_path):
    with pytest.raises(InputError, match="--x: 'epoch' is unknown .allowed: bit_recomputations, bits, examples, re"):
        plot_curves(run(), "epoch", "mAP", tmp_path / "none")

"""The paper's figures and tables, from runs made by hand."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from mihash_bench.report.paper.figures import figures_of, points
from mihash_bench.report.paper.runs import PaperRuns
from mihash_bench.report.paper.write import write_figures, write_tables

from ..frames import batch_run, joined
from .conftest import runs_by_hand

ONLINE_FIGURES = ("fig-trigger-cifar10", "fig-trigger-seconds", "fig-online", "fig-cost")
FIGURES = (*ONLINE_FIGURES, "fig-batch-setting1", "fig-batch-setting1-objective")
TABLES = {"table-updates.tex", "table-online.tex", "table-batch-setting1.tex"}
REPORTS = {"report.html", *(["paper.pdf"] if shutil.which("pdflatex") else [])}


@pytest.mark.slow
def test_every_figure_and_table_is_written(paper):
    wanted = {f"{name}.{ending}" for name in FIGURES for ending in ("pdf", "png", "csv")}
    folder, written = paper
    assert {path.name for path in written} == wanted | TABLES | REPORTS
    assert set(folder.iterdir()) == set(written)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A folder with the CSV of all figures, the figures as they were drawn, and the names of their files."""
    folder, figures = tmp_path_factory.mktemp("drawn"), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", lambda self, content, **_: figures.append(self))
        written = write_figures(runs_by_hand(), folder)
    return folder, figures, [path.name for path in written if path.suffix in (".pdf", ".png")]


def test_stand_ins_and_quick_are_named_in_every_figure_and_table(drawn, runs, tmp_path):
    folder, figures, _ = drawn
    write_tables(runs, tmp_path)
    assert len(figures) == 12
    for figure in figures:
        said = " ".join(figure.legends[0].get_title().get_text().split())
        assert "STAND-IN for CIFAR-10: a sample." in said
        batch = any("SDH" in text.get_text() for text in figure.legends[0].get_texts())
        assert ("QUICK: few trials." if batch else "QUICK: short streams.") in said
        assert ("An epoch of SHK is one bit." in said) == batch
        assert "CIFAR-10 [STAND-IN]" in " ".join([said, *(axes.get_title() for axes in figure.axes)])
        assert figure.get_size_inches()[0] * 72.27 <= 516.01
        # Only what concerns this figure.
        assert ("LabelMe" in said) == any("LabelMe" in axes.get_title() for axes in figure.axes)
    besides = list(folder.glob("fig-*.csv"))
    assert len(besides) == 5
    for beside in besides:
        notes = pd.read_csv(beside)["note"]
        assert notes.str.contains("QUICK").all()
        assert notes.str.contains("STAND-IN for CIFAR-10").all()
    for table in tmp_path.glob("table-*.tex"):
        text = table.read_text()
        batch = "STAND-IN for CIFAR-10: a sample. QUICK: few trials."
        online = "STAND-IN for LabelMe: rows. QUICK: short streams."
        assert (batch if "batch" in table.name else online) in text
        assert "CIFAR-10 {[}STAND-IN{]}" in text


def test_the_trigger_figure_has_a_panel_per_method_and_one_for_the_updates(drawn):
    _, figures, names = drawn
    trigger = figures[names.index("fig-trigger-cifar10.pdf")]
    titles = [axes.get_title().replace("\n", " ") for axes in trigger.axes]
    assert titles == ["MIHash", "OSH", "Table updates"]
    assert trigger.axes[2].get_ylabel() == "Hash table updates"
    assert {line.get_linestyle() for line in trigger.axes[0].lines} == {"-", "--"}


def test_the_seconds_of_coding_are_shown_by_method_and_said_to_be_measured(runs, tmp_path, monkeypatch):
    figures = []
    monkeypatch.setattr(Figure, "savefig", lambda self, content, **_: figures.append(self))
    written = write_figures(timed(runs), tmp_path)
    drawn = [path.name for path in written if path.suffix in (".pdf", ".png")]
    seconds = figures[drawn.index("fig-trigger-seconds.pdf")]
    assert [axes.get_title() for axes in seconds.axes] == ["MIHash", "OSH"]
    assert {axes.get_xlabel() for axes in seconds.axes} == {"Coding the table (s)"}
    ends = {line.get_linestyle(): line.get_xdata()[-1] for line in seconds.axes[0].lines}
    assert ends == {"-": 2.0, "--": 6.0}
    said = " ".join(seconds.legends[0].get_title().get_text().split())
    assert "of one table alone, measured in the run, times the number of updates" in said


def timed(runs):
    """The runs with a second for each update, three with the trigger off."""
    per_update = runs.frame["trigger"].map({"off": 3.0}).fillna(1.0)
    return replace(runs, frame=runs.frame.assign(table_s=per_update * runs.frame["updates"]))


def test_the_csv_beside_a_figure_holds_its_lines(paper):
    lines = pd.read_csv(paper[0] / "fig-online.csv", keep_default_na=False)
    assert set(zip(lines["panel"], lines["method"], strict=True)) == {
        ("CIFAR-10 [STAND-IN]", "mihash"), ("CIFAR-10 [STAND-IN]", "osh"), ("Places205", "mihash"),
        ("Places205", "osh"), ("LabelMe [STAND-IN]", "mihash"),
    }  # fmt: skip
    last = lines[(lines["panel"] == "Places205") & (lines["method"] == "osh")].iloc[-1]
    assert (last["x_name"], last["x"], last["y_name"], last["trials"]) == ("examples", 200, "mAP", 2)
    assert (float(last["mean"]), float(last["sd"])) == pytest.approx((0.35, np.std([0.3, 0.4], ddof=1)))


def test_the_updates_table_has_both_triggers_and_their_ratio(runs, tmp_path):
    frame = runs.frame
    frame.loc[(frame["part"] == "cifar10") & (frame["trigger"] == "off"), "updates"] *= 3
    write_tables(runs, tmp_path)
    lines = (tmp_path / "table-updates.tex").read_text().splitlines()
    [cifar10, places205, labelme] = [line for line in lines if line.startswith("MIHash")]
    assert cifar10.startswith(
        r"MIHash & $6.0 \pm 0.0$ & $2.0 \pm 0.0$ & $3.0$ & $2{,}000 \pm 0$ & $0.00 \pm 0.00$ & $0.00 \pm 0.00$ & $0.650"
    )
    assert places205.startswith(r"MIHash & -- & $2.0 \pm 0.0$ & -- &")
    assert labelme.count("--") == 4


def test_the_online_table_marks_the_best_of_each_column_and_what_cannot_run(runs, tmp_path):
    write_tables(runs, tmp_path)
    lines = (tmp_path / "table-online.tex").read_text().splitlines()
    [mihash] = [line for line in lines if line.startswith("MIHash")]
    [osh] = [line for line in lines if line.startswith("OSH")]
    assert mihash.count(r"\mathbf") == 6
    assert r"\mathbf" not in osh
    assert osh.endswith(r"& -- & -- \\")


def test_published_figures_are_shown_only_for_runs_with_their_protocol(runs, compared, tmp_path):
    for name, those in (("with", compared), ("without", runs)):
        (tmp_path / name).mkdir()
        write_tables(those, tmp_path / name)
    assert "published" not in (tmp_path / "without" / "table-online.tex").read_text()
    text = (tmp_path / "with" / "table-online.tex").read_text()
    assert "gradient=released, trigger off, mAP{[}ties=index{]}: ours 0.400 (trials: 1), published 0.451" in text
    assert "2000 examples; reservoir 200" in text


def test_the_batch_table_also_has_the_published_figures(runs, tmp_path):
    write_tables(runs, tmp_path)
    lines = (tmp_path / "table-batch-setting1.tex").read_text().splitlines()
    sdh, seconds, memory = (line for line in lines if line.startswith("SDH"))
    mark = r"\rlap{$^{\ddagger}$}"
    assert sdh == rf"SDH & $\mathbf{{0.400}}$ & $0.521${mark} & $\mathbf{{0.400}}$ & $0.576${mark} \\"
    assert seconds == r"SDH & $2.00$ &  & $2.00$ &  \\"
    assert memory == r"SDH & $3$ &  & $3$ &  \\"
    assert rf"MIHash & $\mathbf{{0.400}}$ & $0.524${mark} & -- & -- \\" in lines
    assert any("VGG-16 fc7 features (4,096 columns)" in line for line in lines)


def test_fasthash_and_the_network_in_the_style_of_vdsh_are_in_the_batch_table_and_figure(runs, tmp_path):
    titles = {"fasthash": "FastHash", "vdsh": "VDSH-style"}
    both = [
        batch_run(name, bits=bits, method_title=title, dataset="sample", dataset_title="CIFAR-10 [STAND-IN]")
        for name, title in titles.items()
        for bits in (12, 24)
    ]
    every = joined(runs.frame, *(rows.assign(part="batch") for rows in both))
    write_tables(PaperRuns(every, runs.notes), tmp_path)
    text = (tmp_path / "table-batch-setting1.tex").read_text()
    rows = {line.split(" & ")[0]: line for line in reversed(text.splitlines()) if " & " in line}
    for title, figures in (("FastHash", ("0.632", "0.700")), ("VDSH-style", ("0.523", "0.546"))):
        assert all(rf"${figure}$\rlap{{$^{{\ddagger}}$}}" in rows[title] for figure in figures)
    assert "VDSH-style, which only resembles VDSH, is beside the figures of VDSH" in " ".join(text.split())
    grid, _ = figures_of(PaperRuns(every, runs.notes))["fig-batch-setting1"]
    assert {"fasthash", "vdsh"} <= set(points(grid)["method"])


def test_the_batch_figures_leave_out_runs_of_one_epoch(paper):
    lines = pd.read_csv(paper[0] / "fig-batch-setting1.csv", keep_default_na=False)
    assert set(zip(lines["panel"], lines["method"], strict=True)) == {
        (f"CIFAR-10 [STAND-IN], {bits} bits", name) for bits in (12, 24) for name in ("sdh", "shk")
    }
    assert set(lines["x_name"]) == {"epoch"}

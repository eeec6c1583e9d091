import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from mihash_bench.report import curves
from mihash_bench.report.selection import comparable
from mihash_bench.report.statistics import auc, final, on_common_grid, summary
from mihash_bench.report.style import KNOWN, PALETTE, looks
from mihash_bench.report.tables import summary_table, to_csv, to_latex, to_markdown
from mihash_bench.store.results import COST_COLUMNS


def run(method="mihash", trial=0, trigger="on", values=(0.1, 0.3, 0.5), x=(0, 100, 200), **changed):
    """The rows of one finished run."""
    about = {
        "setting": "online", "dataset": "sample", "method": method, "variant": "", "bits": 32, "trigger": trigger,
        "trial": trial, "status": "done", "protocol": "", "started": "1", "method_title": method.upper(),
        "dataset_title": "Sample", "reason": "", **changed,
    }  # fmt: skip
    about.setdefault(
        "key",
        "-".join(str(about[name]) for name in ("dataset", "method", "variant", "bits", "trigger", "trial", "protocol")),
    )
    costs = {name: np.zeros(len(x)) for name in COST_COLUMNS}
    costs |= {"examples": np.array(x), "updates": np.arange(len(x)), "bit_recomputations": 1000 * np.arange(len(x))}
    return pd.DataFrame({**costs, "mAP": values}).assign(**about)


@pytest.fixture
def frame():
    trials = [run(trial=t, values=(0.1, 0.3, 0.5 + 0.1 * t)) for t in range(3)]
    others = [run("lsh", trial=t, trigger=on, values=(0.2, 0.2, 0.2)) for t in range(3) for on in ("on", "off")]
    return pd.concat([*trials, *others], ignore_index=True)


def test_final_is_the_last_checkpoint_and_auc_the_mean_over_all():
    frame = pd.concat([run(), run(trial=1, values=(0.0, 0.0, 0.9))])
    assert final(frame)["mAP"].tolist() == [0.5, 0.9]
    assert auc(frame, "mAP").tolist() == pytest.approx([0.3, 0.3])


def test_summary_has_mean_and_sample_deviation_over_trials(frame):
    row = summary(frame, "mAP").query("method == 'mihash'").iloc[0]
    assert row["final_mean"] == pytest.approx(0.6)
    assert row["final_sd"] == pytest.approx(0.1)
    assert row["updates_mean"] == 2
    assert row["trials"] == 3


def test_one_trial_has_no_deviation():
    assert np.isnan(summary(run(), "mAP")["final_sd"][0])
    assert "±" not in to_markdown(summary_table(run(), ["mAP"])).split("\n\n")[0]


def test_a_common_grid_is_linear_between_checkpoints_and_keeps_the_last_value():
    trials = pd.concat([run(values=(0, 1, 2)), run(trial=1, x=(0, 50, 100), values=(1, 1, 3))])
    curve = on_common_grid(trials, "examples", "mAP", points=5)
    assert curve.x.tolist() == [0, 50, 100, 150, 200]
    assert curve.mean.tolist() == pytest.approx([0.5, 0.75, 2, 2.25, 2.5])
    assert curve.sd[0] == pytest.approx(np.std([0, 1], ddof=1))


def test_where_x_repeats_the_last_value_counts():
    repeated = run(values=(0.1, 0.2, 0.3)).assign(bit_recomputations=[0, 1000, 1000])
    assert on_common_grid(repeated, "bit_recomputations", "mAP", points=3).mean.tolist() == pytest.approx(
        [0.1, 0.2, 0.3]
    )


def test_a_run_done_twice_counts_once_and_the_later_one_does():
    frame = pd.concat([run(key="a", started="1"), run(key="b", started="2", values=(0, 0, 0.9)), run(key="c", trial=1)])
    assert set(comparable(frame)["key"]) == {"b", "c"}


def test_streams_of_another_protocol_never_share_a_panel():
    frame = pd.concat([run(), run(protocol="reservoir=50")])
    assert comparable(frame)["dataset_title"].unique().tolist() == ["Sample", "Sample (reservoir=50)"]
    assert len(summary(comparable(frame), "mAP")) == 2


def test_parameters_of_a_dataset_make_a_panel_of_their_own_and_those_of_a_method_a_row():
    frame = pd.concat([run(), run(variant="step_size=2,sample.labels=off")])
    parted = comparable(frame)
    assert parted["dataset_title"].unique().tolist() == ["Sample", "Sample (labels=off)"]
    assert parted["variant"].unique().tolist() == ["", "step_size=2"]


def test_runs_that_are_not_done_are_left_out_of_comparisons():
    assert comparable(pd.concat([run(), run(trial=1, status="failed")]))["trial"].unique().tolist() == [0]


def test_every_best_mean_as_displayed_is_bold(frame):
    tied = pd.concat([frame, run("osh", trigger="on", values=(0.1, 0.3, 0.60004))])
    lines = to_markdown(summary_table(tied, ["mAP"])).splitlines()
    bold = {line.split(" | ")[2] for line in lines if "**0.600" in line}
    assert bold == {"MIHASH", "OSH"}
    assert not [line for line in lines if "LSH" in line and "**" in line]


def test_latex_is_balanced_escaped_and_has_booktabs_rules(frame):
    hostile = frame.assign(method_title="A_b & 100% {x} #1 ~^\\", variant="p=$1")
    text = to_latex(summary_table(hostile, ["mAP@1000"] if "mAP@1000" in hostile else ["mAP"]))
    for rule in (r"\toprule", r"\midrule", r"\bottomrule", r"\begin{table}", r"\end{table}"):
        assert rule in text
    assert r"A\_b \& 100\% \{x\} \#1 \textasciitilde{}\textasciicircum{}\textbackslash{}" in text
    plain = re.sub(r"\\[{}]", "", text)
    assert plain.count("{") == plain.count("}")
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {len(re.findall(r"(?<!\\)&", line)) for line in rows} == {8}


@pytest.mark.parametrize(
    ("metric", "said"),
    [("mAP", "all orders"), ("mAP[ties=index]", "database order"), ("mAP@10", "database order"), ("P@r2", "")],
)
def test_tables_say_which_ties_a_metric_has(metric, said):
    text = to_markdown(summary_table(run().rename(columns={"mAP": metric}), [metric]))
    assert said in text
    assert ("order" in text) == bool(said)


def test_csv_keeps_full_precision(frame):
    third = frame.assign(mAP=1 / 3)
    assert repr(1 / 3) in to_csv(summary_table(third, ["mAP"]))


def drawn(monkeypatch, frame, x="examples"):
    figures = []
    monkeypatch.setattr(Figure, "savefig", lambda self, *args, **kwargs: figures.append(self))
    from pathlib import Path

    curves.plot_curves(frame, x, "mAP", Path("unused"))
    return figures[0]


def test_there_is_one_column_a_dataset_and_one_row_a_code_length(monkeypatch, frame):
    more = pd.concat([frame, run(dataset="other", dataset_title="Other"), run(bits=16)])
    axes = drawn(monkeypatch, more).axes
    assert [a.get_title() for a in axes] == ["Sample, 16 bits", "16 bits", "Sample, 32 bits", "Other, 32 bits"]


def test_the_trigger_is_told_apart_without_colour(monkeypatch, frame):
    lines = drawn(monkeypatch, frame).axes[0].lines
    off, on = (
        next(line for line in lines if line.get_color() == PALETTE[5] and line.get_linestyle() == s)
        for s in ("--", "-")
    )
    assert off.get_markerfacecolor() == "white"
    assert on.get_markerfacecolor() == on.get_color()


def test_a_method_that_never_rebuilds_is_a_point_over_bit_recomputations(monkeypatch, frame):
    still = frame.assign(bit_recomputations=np.where(frame["method"] == "lsh", 0, frame["bit_recomputations"]))
    axes = drawn(monkeypatch, still, "bit_recomputations").axes[0]
    points = [line for line in axes.lines if line.get_linestyle() == "None" and len(line.get_xdata()) == 1]
    assert points
    assert all(point.get_xdata()[0] == 0 for point in points)


def test_bands_are_drawn_only_where_there_are_several_trials(monkeypatch, frame):
    assert drawn(monkeypatch, frame).axes[0].collections
    assert not drawn(monkeypatch, run()).axes[0].collections


def test_the_same_runs_give_the_same_pdf(tmp_path, frame):
    first, second = (curves.plot_curves(frame, "examples", "mAP", tmp_path / name)[0].read_bytes() for name in "ab")
    assert first == second


def test_known_methods_keep_their_look_whatever_else_is_in_the_figure():
    few, many = looks([("osh", "")]), looks([(name, "") for name in KNOWN] + [("mine", ""), ("mihash", "step_size=2")])
    assert few["osh", ""] == many["osh", ""]
    assert len(set(many.values())) == len(many)
    assert many["mihash", ""].colour == many["mihash", "step_size=2"].colour

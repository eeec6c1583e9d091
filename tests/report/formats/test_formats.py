import csv
import io
import re

import numpy as np
import pandas as pd
import pytest

from mihash_bench.report.data.summary import summary_of
from mihash_bench.report.tables.arrangement import Arrangement

from ..frames import joined, run
from ..rendering import as_csv, as_latex, as_markdown

HOSTILE = "[A_b & 100% {x} #1 $ ~^\\ a<b>c|d"


def latex_rows(text):
    return [line for line in text.splitlines() if line.endswith(r"\\")]


def braces(text):
    """The depth after each brace that is not escaped."""
    steps = [1 if brace == "{" else -1 for brace in re.findall(r"(?<!\\)[{}]", text)]
    return np.cumsum(steps)


def test_one_trial_is_shown_without_a_deviation():
    table = summary_of(run(), ["mAP"])
    assert "±" not in as_markdown(table)
    assert r"\pm" not in as_latex(table)
    assert "a single trial" in as_markdown(table)


def test_cells_are_mean_and_deviation(frame):
    line = next(line for line in as_markdown(summary_of(frame, ["mAP"])).splitlines() if "MIHASH" in line)
    assert line.split(" | ")[3:] == [
        "on", "**0.600 ± 0.100**", "**0.325 ± 0.025**", "2.0 ± 0.0", "2,000 ± 0", "0.00 ± 0.00", "3 |"
    ]  # fmt: skip


def test_latex_cells_are_formulas_and_bold_where_best(frame):
    text = as_latex(summary_of(frame, ["mAP"]))
    assert r"MIHASH & on & $\mathbf{0.600 \pm 0.100}$ & $\mathbf{0.325 \pm 0.025}$ & $2.0 \pm 0.0$" in text
    assert r"LSH & on & $0.200 \pm 0.000$" in text


def test_every_best_mean_as_displayed_is_bold(frame):
    tied = joined(frame, run("osh", trigger="on", values=(0.1, 0.3, 0.60004)))
    lines = as_markdown(summary_of(tied, ["mAP"])).splitlines()
    bold = {line.split(" | ")[2] for line in lines if "**0.600" in line}
    assert bold == {"MIHASH", "OSH"}
    assert not [line for line in lines if "LSH" in line and "**" in line]


def test_a_mean_that_is_displayed_smaller_is_not_bold(frame):
    beaten = joined(frame, run("osh", values=(0.1, 0.3, 0.5994)))
    assert not [
        line for line in as_markdown(summary_of(beaten, ["mAP"])).splitlines() if "OSH" in line and "**0.599" in line
    ]


def test_final_metric_and_auc_have_their_own_best():
    runs = joined(run("slow", values=(0.0, 0.0, 0.9)), run("quick", values=(0.7, 0.7, 0.7)))
    lines = as_markdown(summary_of(runs, ["mAP"])).splitlines()
    slow, quick = (next(line for line in lines if name in line) for name in ("SLOW", "QUICK"))
    assert "| **0.900** | 0.225 |" in slow
    assert "| 0.700 | **0.700** |" in quick


@pytest.mark.parametrize("place", [{"dataset": "other"}, {"bits": 64}])
def test_each_setting_dataset_and_code_length_has_its_own_best(place):
    runs = joined(run(), run("osh", values=(0.1, 0.1, 0.1), **{"key": "o", **place}))
    assert as_markdown(summary_of(runs, ["mAP"])).count("**0.") == 4


def test_latex_is_balanced_escaped_and_has_booktabs_rules(frame):
    text = as_latex(summary_of(frame.assign(method_title=HOSTILE, variant="p=$1", dataset_title=HOSTILE), ["mAP"]))
    for rule in (r"\toprule", r"\midrule", r"\bottomrule", r"\begin{table*}", r"\end{table*}", r"\caption{"):
        assert text.count(rule) == 1
    assert r"A\_b \& 100\% \{x\} \#1 \$ \textasciitilde{}\textasciicircum{}\textbackslash{} a\textless{}b" in text
    assert braces(text).min() == 0
    assert braces(text)[-1] == 0
    assert len(re.findall(r"(?<!\\)\$", text)) % 2 == 0
    rows = [row for row in latex_rows(text) if "multicolumn" not in row]
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {4}
    assert r"\multicolumn{5}{@{}l}" in text
    assert r"\begin{tabular}{@{}llrrr@{}}" in text


def test_latex_keeps_room_for_the_marks_of_the_last_column(frame):
    rows = summary_of(frame, ["mAP"]).assign(diverged="1 of 3 trials")
    text = as_latex(rows, wishes=Arrangement(layout="method-by-bits", columns=("mAP",)))
    assert r"@{\phantom{$^{\dagger}$}}}" in text


def test_no_latex_row_begins_with_a_bracket(frame):
    rows = latex_rows(as_latex(summary_of(frame.assign(method_title="[mine]"), ["mAP"])))
    assert [row for row in rows if "mine" in row]
    assert not [row for row in rows if row.startswith("[")]


def test_latex_groups_rows_by_dataset_and_code_length(frame):
    more = joined(frame, run(bits=64), run(dataset="other", dataset_title="Other"))
    groups = re.findall(r"\\emph\{(.*?)\}", as_latex(summary_of(more, ["mAP"])))
    assert groups == ["Other, 32 bits", "Sample, 32 bits", "Sample, 64 bits"]


def test_pipes_in_names_do_not_make_columns(frame):
    text = as_markdown(summary_of(frame.assign(method_title="a|b"), ["mAP"]))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {11}
    assert r"a\|b" in text


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("mAP", "all orders"),
        ("mAP[ties=index]", "database order"),
        ("mAP@10", "database order"),
        ("mAP@10[ties=expected]", "all orders"),
        ("P@5", "all orders"),
        ("P@r2", ""),
        ("somebody's metric", ""),
    ],
)
def test_tables_say_which_ties_a_metric_has(metric, said):
    for render in (as_markdown, as_latex):
        text = render(summary_of(run().rename(columns={"mAP": metric}), [metric]))
        assert said in text
        assert ("order" in text) == bool(said)


def test_captions_say_metric_trials_spread_and_bold(frame):
    text = as_latex(summary_of(frame, ["mAP"]))
    assert re.search(r"\\caption\{mAP .*\}", text)
    for said in ("mAP", "AUC", "3 trials", r"mean $\pm$ standard deviation (n-1)", "best mean", "bold"):
        assert said in text
    fewer = joined(frame, run("osh"))
    assert "1 to 3 trials" in as_markdown(summary_of(fewer, ["mAP"]))


def test_each_metric_has_its_own_block(frame):
    table = summary_of(frame.assign(**{"P@5": 0.25}), ["mAP", "P@5"])
    assert as_latex(table).count(r"\begin{table}") == 2
    assert as_latex(table).count(r"\label{tab:P-5}") == 1
    assert as_markdown(table).count("| Dataset |") == 2
    assert table["metric"].value_counts().to_dict() == {"mAP": 3, "P@5": 3}


def test_csv_keeps_full_precision_in_both_directions(frame):
    table = summary_of(frame.assign(mAP=frame["mAP"] / 3), ["mAP"])
    back = pd.DataFrame(csv.DictReader(io.StringIO(as_csv(table))))
    for name in ("final_mean", "final_sd", "auc_mean", "auc_sd", "updates_mean", "train_s_sd"):
        assert back[name].map(float).tolist() == table[name].tolist()
    assert "±" not in as_csv(table)
    assert back["final_mean"].map(len).max() > 12


def test_a_latex_caption_says_what_the_table_shows_and_what_it_means_is_below(frame):
    text = as_latex(summary_of(frame, ["mAP"]))
    caption, below = text[text.index(r"\caption{") :].split("\n")[0], text[text.index(r"\end{tabular}") :]
    assert caption.startswith(r"\caption{mAP (ties expected")
    assert "standard deviation" not in caption
    assert r"\parbox{\linewidth}{\scriptsize AUC: area under the curve" in below
    assert "standard deviation (n-1) over 3 trials" in below

from dataclasses import replace

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.report.data.published import beside
from mihash_bench.report.data.statistics import summary
from mihash_bench.report.data.summary import summary_of
from mihash_bench.report.formats.latex import to_latex
from mihash_bench.report.formats.numbers import cell_text
from mihash_bench.report.tables.arrangement import Arrangement
from mihash_bench.report.tables.build import arranged, tables_of
from mihash_bench.report.tables.layouts import LONG, METHOD_BY_DATASET
from mihash_bench.report.tables.model import Cell

from .. import miss_rate
from ..frames import batch_run, joined, run
from ..rendering import as_latex, as_markdown
from ..third_setting import Third, installed, third_run


def runs():
    parts = [
        batch_run(name, trial, bits, (0.1, 0.3 + 0.1 * trial + 0.05 * (name == "shk")), method_title=name.upper())
        for name in ("sdh", "shk")
        for trial in range(2)
        for bits in (12, 32)
        if not (name == "shk" and bits == 32)
    ]
    return joined(*parts)


def shown(table):
    """The texts of each panel, by panel title and row label."""
    return {
        panel.title: {
            row.labels: [cell_text(*pair) for pair in zip(cells, panel.columns, strict=True)]
            for row, cells in zip(table.rows, panel.cells, strict=True)
        }
        for panel in table.panels
    }


def test_methods_by_bits_have_a_panel_for_each_cost_and_nothing_where_there_is_no_run():
    [table] = tables_of(summary(runs(), "mAP"))
    assert [column.group for column in table.panels[0].columns] == ["12 bits", "32 bits"]
    assert shown(table) == {
        "": {("SDH",): ["0.350 ± 0.071", "0.350 ± 0.071"], ("SHK",): ["0.400 ± 0.071", "--"]},
        "Training time (s)": {("SDH",): ["2.00", "2.00"], ("SHK",): ["2.00", "--"]},
        "Training memory (MiB)": {("SDH",): ["3", "3"], ("SHK",): ["3", "--"]},
    }
    assert [[cell.best for cell in cells] for cells in table.panels[0].cells] == [[False, True], [True, False]]


def test_cells_hold_numbers_with_all_their_digits():
    [table] = tables_of(summary(runs().assign(mAP=runs()["mAP"] / 3), "mAP"))
    cell = table.panels[0].cells[0][0]
    assert cell.value == pytest.approx(0.35 / 3, rel=1e-12)
    assert cell.spread == pytest.approx(np.std([0.1, 0.4 / 3], ddof=1), rel=1e-12)
    assert table.panels[2].cells[1][1] == Cell()


def test_all_values_that_round_to_the_best_are_marked():
    tied = joined(run(), run("osh", values=(0.1, 0.3, 0.50004)), run("okh", values=(0.1, 0.3, 0.4994)))
    [table] = tables_of(summary(tied, "mAP"))
    best = {row.labels[0]: cells[0].best for row, cells in zip(table.rows, table.panels[0].cells, strict=True)}
    assert best == {"MIHASH": True, "OSH": True, "OKH": False}


def test_captions_say_which_trials_have_splits_of_their_own():
    fixed, own = run(), run(dataset="sample (split=trial)", dataset_title="Sample (split=trial)")
    several = joined(own, run(dataset="sample (split=trial)", trial=1))
    [table] = tables_of(summary(several, "mAP"))
    assert "over 2 trials, each trial with its own split into queries and database;" in table.caption
    [table] = tables_of(summary(joined(several, fixed, run(trial=1)), "mAP"))
    assert "each trial with its own split into queries and database where split=trial;" in table.caption
    [table] = tables_of(summary(joined(fixed, run(trial=1)), "mAP"))
    assert "split" not in table.caption
    batch = [batch_run(trial=t, dataset="d (checkpoints=2, split=trial)", dataset_title="D") for t in range(2)]
    [table] = tables_of(summary(joined(*batch), "mAP"))
    assert "over 2 trials, training points drawn anew, each trial with its own split" in table.caption


def test_where_less_is_better_the_smallest_of_each_column_is_marked(monkeypatch):
    miss_rate.installed(monkeypatch)
    rows = joined(run(), run("osh", values=(0.1, 0.2, 0.3))).rename(columns={"mAP": "miss@5"})
    [table] = tables_of(summary(rows, "miss@5"))
    best = {column.title: [cell.best for cell in cells] for _, column, cells in table.side_by_side()}
    assert [row.labels[0] for row in table.rows] == ["MIHASH", "OSH"]
    assert best["miss@5"] == best["AUC"] == [False, True]


def test_nothing_is_marked_where_it_is_not_known_whether_less_is_better():
    rows = joined(run(), run("osh", values=(0.1, 0.2, 0.3))).rename(columns={"mAP": "miss@5"})
    [table] = tables_of(summary(rows, "miss@5"))
    assert not any(cell.best for _, _, cells in table.side_by_side() for cell in cells)
    assert "no best value is marked because the plug-in of the metric is not loaded" in table.caption
    assert "bold" not in table.caption


def test_what_reads_like_the_best_has_no_mark_of_a_difference():
    rows = joined(run(), run("osh", values=(0.1, 0.3, 0.50004)), run("okh", values=(0.1, 0.3, 0.4)))
    tested = summary(rows, "mAP").assign(
        p_adjusted=0.001, queries=9, trials_agree=1, trials_compared=1, query_values="stored"
    )
    tested.loc[tested["method"] == "osh", "p_adjusted"] = np.nan
    [table] = tables_of(tested)
    marks = {row.labels[0]: (c[0].best, c[0].differs) for row, c in zip(table.rows, table.panels[0].cells, strict=True)}
    assert marks == {"MIHASH": (True, False), "OSH": (True, False), "OKH": (False, True)}


def test_methods_by_dataset_have_a_pair_of_columns_for_each_dataset():
    rows = joined(run(), run("osh"), run(dataset="other", dataset_title="Other", values=(0, 0, 0.75)))
    [table] = arranged(summary(rows, "mAP"), METHOD_BY_DATASET)
    assert [(column.group, column.title) for column in table.panels[0].columns] == [
        ("Other", "mAP"), ("Other", "AUC"), ("Sample", "mAP"), ("Sample", "AUC")
    ]  # fmt: skip
    assert shown(table)[""] == {
        ("MIHASH",): ["0.750", "0.188", "0.500", "0.300"],
        ("OSH",): ["--", "--", "0.500", "0.300"],
    }


def test_a_cell_for_which_a_layout_leaves_several_rows_is_an_error():
    rows = summary(joined(run(), run(trigger="off")), "mAP")
    with pytest.raises(ValueError, match="2 rows of the summary for one cell"):
        arranged(rows, replace(METHOD_BY_DATASET, series=False))


def test_every_section_of_a_complete_layout_has_every_row():
    rows = joined(run(), run("osh", dataset="other", dataset_title="Other"))
    [table] = arranged(summary(rows, "mAP"), replace(LONG, complete=True))
    assert [section.heading for section in table.sections()] == ["Other, 32 bits", "Sample, 32 bits"]
    assert [row.labels for row in table.rows] == [("MIHASH",), ("OSH",)] * 2


def test_a_layout_that_does_not_exist_is_named(monkeypatch):
    installed(monkeypatch)
    monkeypatch.setattr(Third, "table_layout", "lnog")
    with pytest.raises(InputError, match="third: 'lnog' is unknown; did you mean 'long'"):
        tables_of(summary(third_run(), "mAP"))


def test_a_setting_of_another_package_has_its_own_costs_wording_and_label(monkeypatch):
    installed(monkeypatch)
    [table] = tables_of(summary(joined(third_run(), third_run(trial=1, energy=30.0)), "mAP"))
    titles = [column.title for column in table.panels[0].columns]
    assert shown(table)[""][("LSH",)][titles.index("energy")] == "20.00 ± 14.14"
    assert not {"Updates", "Training time (s)"} & set(titles)
    assert table.label_titles == ("Method",)
    assert "at dawn" in table.caption
    assert "seeds drawn anew" in table.caption
    assert table.label == "third-mAP"


def test_published_figures_are_shown_only_on_request():
    table = summary_of(runs(), ["mAP"])
    assert "0.521" not in as_markdown(table)
    text = as_markdown(beside(table))
    assert "| SDH | 0.350 ± 0.071 | 0.521‡ | **0.350 ± 0.071** | 0.589‡ |" in text
    assert "Setting 1 on CIFAR-10 with VGG-16 fc7 features (4,096 columns)" in text
    assert r"SHK & $\mathbf{0.400 \pm 0.071}$ & $0.497$\rlap{$^{\ddagger}$} & -- & --" in as_latex(beside(table))


def test_tuned_parameters_are_not_in_the_name_of_a_method_that_has_one_variant():
    rows = batch_run("dpsh", variant="learning_rate=3.0", method_title="DPSH")
    [table] = tables_of(summary(rows, "mAP"))
    assert table.rows[0].labels == ("DPSH",)
    assert "DPSH: learning_rate=3.0" in table.caption


def test_variants_of_one_method_are_named_by_their_parameters():
    rows = joined(*(batch_run("mihash", variant=v, method_title="MIHash", bits=32) for v in ("", "epochs=1")))
    [table] = tables_of(summary(rows, "mAP"))
    assert [row.labels for row in table.rows] == [("MIHash",), ("MIHash (epochs=1)",)]
    assert "parameters" not in table.caption


def test_online_and_batch_runs_have_tables_of_their_own():
    both = joined(run(), batch_run("sdh", method_title="SDH"))
    text = as_markdown(summary_of(both, ["mAP"]))
    assert sum(line.startswith("| ---") for line in text.splitlines()) == 2
    assert "MIHASH" in text.split("\n\n")[0]
    assert as_latex(summary_of(both, ["mAP"])).count(r"\begin{table}") == 2


def test_published_online_figures_are_named_below_the_table():
    rows = run(dataset="cifar10", dataset_title="CIFAR-10", method_title="MIHash")
    text = as_markdown(beside(summary_of(rows, ["mAP"])))
    assert "Published: MIHash, 32 bits: 0.451 (fcakir/mihash online README" in text


def test_runs_whose_table_has_codes_learned_from_labels_are_marked_whatever_they_are_called():
    learned = run("ridge", dataset="sample (policy=learned)", dataset_title="Ours")
    for text in (
        as_markdown(summary(learned, "mAP")),
        as_latex(summary(learned, "mAP"), wishes=Arrangement(caption="Mine")),
    ):
        assert text.count("Policy learned: labels in the table.") == 1
    for policy in ("pool", "not-installed"):
        assert "Policy" not in as_markdown(summary(run(dataset=f"sample (policy={policy})"), "mAP"))


@pytest.mark.parametrize("label", ["", "batch-setting1"])
def test_latex_is_labelled_and_balanced(label):
    [table] = tables_of(beside(summary(runs(), "mAP")))
    text = to_latex([replace(table, label=label or table.label, notes=(*table.notes, "STAND-IN for a_b"))])
    assert rf"\label{{tab:{label or 'batch-1-Sample-mAP'}}}" in text
    assert r"STAND-IN for a\_b." in text
    assert text.count("{") == text.count("}")
    columns = text.split(r"\begin{tabular}{@{}")[1].split("@")[0]
    body = [line for line in text.splitlines() if line.startswith(("SDH", "SHK"))]
    assert len(body) == 6
    assert {line.count("&") + 1 for line in body} == {len(columns)}

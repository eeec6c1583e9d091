"""What a user may ask of a table."""

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.report.data.choice import Choice
from mihash_bench.report.data.published import beside
from mihash_bench.report.data.summary import summary_of
from mihash_bench.report.formats.latex import too_wide
from mihash_bench.report.render import render
from mihash_bench.report.tables.arrangement import Arrangement
from mihash_bench.report.tables.build import tables_of
from mihash_bench.settings.base import setting_of

from ..frames import Runs, batch_run, joined, run

METRICS = ["mAP", "P@5"]


def runs():
    rows = joined(*(run(m, t, on, (0.1, 0.2, v + t / 100), bits=bits)
                    for m, v in (("mihash", 0.5), ("osh", 0.3), ("okh", 0.4))
                    for t in range(2) for on in ("on", "off") for bits in (8, 16)))  # fmt: skip
    return rows.assign(**{"P@5": rows["mAP"] / 2})


def built(wishes, rows=None, choice=None):
    summary = summary_of(runs() if rows is None else rows, wishes.metrics(METRICS))
    return tables_of(choice.named(choice.ordered(summary)) if choice else summary, wishes)


def test_chosen_columns_of_several_metrics_share_one_table():
    [table] = built(Arrangement(columns=("P@5", "AUC", "mAP", "AUC(mAP)", "updates", "trials")))
    titles = [column.title for column in table.panels[0].columns]
    assert titles == ["P@5", "AUC of P@5", "mAP", "AUC of mAP", "Updates", "Trials"]
    first = table.panels[0].cells[0]
    assert (first[0].value, first[2].value) == (pytest.approx(0.2525), pytest.approx(0.505))
    assert first[1].value == pytest.approx(first[3].value / 2)
    assert "P@5 and mAP (ties expected" in table.caption
    assert table.label == "P-5-mAP"


@pytest.mark.parametrize("metrics", [["mAP", "P@5"], ["P@5", "mAP"]])
def test_auc_is_that_of_the_first_metric_of_the_columns(metrics):
    assert Arrangement(columns=("AUC", *metrics)).metrics(METRICS) == metrics
    assert Arrangement(columns=("AUC", "updates")).metrics(METRICS) == ["mAP"]


@pytest.mark.parametrize("column", ["mpa", "AUC(x)", "speed"])
def test_a_column_that_does_not_exist_is_named(column):
    with pytest.raises(InputError, match=f"--columns: '{column}' is unknown".replace("(", r"\(").replace(")", r"\)")):
        Arrangement(columns=(column,)).metrics(METRICS)


def test_methods_by_bits_stack_the_chosen_columns():
    [table] = built(Arrangement("method-by-bits", ("mAP", "updates")), choice=Choice({"bits": (16, 8)}))
    assert [panel.title for panel in table.panels] == ["mAP", "Updates"]
    assert [column.group for column in table.panels[0].columns] == ["16 bits", "8 bits"]
    [single] = built(Arrangement("method-by-bits", ("mAP",)))
    assert [panel.title for panel in single.panels] == [""]


def test_every_layout_shows_online_and_batch_runs():
    both = joined(runs(), batch_run("sdh", method_title="SDH").assign(**{"P@5": 0.1}))
    for layout in ("long", "method-by-bits", "method-by-dataset"):
        titles = {table.title.rpartition(", mAP")[0].split(", ")[-1] for table in built(Arrangement(layout), both)}
        assert titles == {"online", "batch-1"}


def test_a_layout_that_does_not_exist_is_named_by_its_option():
    with pytest.raises(InputError, match="--layout: 'lnog' is unknown; did you mean 'long'"):
        Arrangement("lnog").layout_of(setting_of("online"), ["mAP"])


def test_rows_are_in_the_chosen_order_under_the_chosen_names():
    choice = Choice({"method": ("okh", "mihash", "osh"), "trigger": ("on", "off")}, {"mihash": "Ours"})
    [table] = built(Arrangement("method-by-bits"), choice=choice)
    assert [row.labels for row in table.rows] == [
        (name, on) for name in ("OKH", "Ours", "OSH") for on in ("on", "off")
    ]  # fmt: skip


def test_a_trigger_that_does_not_vary_is_in_the_caption_and_no_column():
    rows = runs()
    [table] = built(Arrangement(), rows[rows["trigger"] == "off"])
    assert table.label_titles == ("Method",)
    assert "Trigger Update off" in table.caption


def test_decimals_are_those_of_metrics_and_decide_which_values_are_equally_good():
    [table] = built(Arrangement("method-by-bits", ("mAP", "updates"), decimals=0))
    assert [panel.columns[0].decimals for panel in table.panels] == [0, 1]
    assert [cells[0].best for cells in table.panels[0].cells] == [True, True, False, False, False, False]


def test_the_second_best_is_underlined_only_on_request():
    summary = summary_of(runs(), ["mAP"])
    assert "underline" not in render(summary, "latex")
    asked = Arrangement("method-by-bits", ("mAP",), second=True)
    text = render(summary, "latex", wishes=asked)
    assert text.count(r"$\underline{0.405 \pm 0.007}$") == 4
    assert "second best underlined" in text
    assert render(summary, "markdown", wishes=asked).count("<ins>0.405 ± 0.007</ins>") == 4


def test_a_caption_of_the_user_leaves_the_explanation_in_a_comment():
    text = render(summary_of(runs(), ["mAP"]), "latex", wishes=Arrangement(caption="100% & better"))
    assert r"\caption{100\% \& better.}" in text
    assert any(line.startswith("% mAP (ties expected") for line in text.splitlines())


def test_every_metric_with_stored_values_of_queries_is_tested_and_others_are_named():
    queries = np.arange(30)
    values = {key: np.linspace(0, 1, 30) * (1 + 2 * ("mihash" in key)) / 3 for key in runs()["key"].unique()}
    rows = runs().assign(**{"mAP[ties=index]": runs()["mAP"]})
    columns = ("mAP", "mAP[ties=index]", "P@5")
    summary = summary_of(rows, list(columns), Runs(queries, values, columns[:2]))
    [table] = tables_of(summary, Arrangement(columns=columns))
    marks = np.array([[cell.differs for cell in cells] for cells in table.panels[0].cells])
    assert marks.any(axis=0).tolist() == [True, True, False]
    assert "no test of P@5, whose values of queries are not stored" in table.caption


def test_published_figures_follow_the_first_column():
    summary = beside(summary_of(batch_run("sdh", method_title="SDH", bits=32), ["mAP"]))
    [table] = tables_of(summary, Arrangement(columns=("mAP", "train_s")).with_published())
    assert [[column.title for column in panel.columns] for panel in table.panels] == [["mAP", "published"], [""]]


def test_labels_do_not_hide_published_figures():
    summary = beside(summary_of(batch_run("sdh", method_title="SDH", bits=32), ["mAP"]))
    assert "0.589" in render(Choice(labels={"sdh": "Ours"}).named(summary), "markdown")


def test_a_table_that_is_wider_than_a_column_takes_both_and_says_so():
    rows = joined(*(run(dataset=name, dataset_title=name * 5) for name in "abcd"))
    said = []
    text = render(summary_of(rows, ["mAP"]), "latex", wishes=Arrangement("method-by-dataset"), complain=said.append)
    assert r"\begin{table*}" not in text
    several = joined(rows, rows.assign(trial=1, key=rows["key"] + "1"))
    text = render(summary_of(several, ["mAP"]), "latex", wishes=Arrangement("method-by-dataset"), complain=said.append)
    assert r"\begin{table*}" in text
    assert len(said) == 1
    assert "one column of an IEEE page has 252 pt: it takes both columns" in said[0]


def test_the_usual_latex_table_of_an_online_sweep_fits_one_column():
    names = ("adapthash", "sketchhash", "mihash")
    rows = joined(*(run(m, t, on, method_title=m) for m in names for t in range(3) for on in ("on", "off")))
    assert too_wide(tables_of(summary_of(rows, ["mAP"]), Arrangement(brief=True))) == []


def test_csv_has_the_chosen_columns_in_full_precision():
    text = render(summary_of(runs(), ["mAP"]), "csv", wishes=Arrangement(columns=("mAP",)))
    assert text.splitlines()[0] == "Dataset,Bits,Method,Trigger,mAP,mAP sd"
    assert "0.505,0.0070710678118654" in text

import numpy as np
import pandas as pd
import pytest

from mihash_bench.report.batch_tables import batch_latex, batch_tables
from mihash_bench.report.published import beside
from mihash_bench.report.selection import comparable
from mihash_bench.report.statistics import summary
from mihash_bench.report.tables import summary_table, to_latex, to_markdown

from .frames import batch_run, joined, run


def runs():
    parts = [
        batch_run(name, trial, bits, (0.1, 0.3 + 0.1 * trial + 0.05 * (name == "shk")), method_title=name.upper())
        for name in ("sdh", "shk")
        for trial in range(2)
        for bits in (12, 32)
        if not (name == "shk" and bits == 32)
    ]
    return joined(*parts)


def test_a_line_a_method_a_column_a_length_and_nothing_where_there_is_no_run():
    [table] = batch_tables(summary(runs(), "mAP"), "mAP")
    assert table.bits == [12, 32]
    sdh, shk = table.lines
    assert (sdh.name, shk.name) == ("SDH", "SHK")
    assert [str(cell) for cell in sdh.ours] == ["0.350 ± 0.071", "0.350 ± 0.071"]
    assert str(shk.ours[0]) == "0.400 ± 0.071"
    assert shk.ours[1] is None
    assert [cell.best for cell in sdh.ours] == [False, True]
    assert sdh.memory == [3.0, 3.0]
    assert np.isnan(shk.memory[1])


def test_published_figures_stand_beside_only_when_asked_for():
    table = summary_table(runs(), ["mAP"])
    assert "0.521" not in to_markdown(table)
    text = to_markdown(beside(table))
    assert "| SDH | 0.350 ± 0.071 | 0.521 | **0.350 ± 0.071** | 0.589 |" in text
    assert "Setting 1 on CIFAR-10 with VGG-16 fc7 features (4,096 columns)" in text
    assert r"SHK & $\mathbf{0.400 \pm 0.071}$ & $0.497$ & -- & --" in to_latex(beside(table))


def test_figures_of_other_images_or_metrics_are_not_set_beside():
    other = runs().assign(dataset="synthetic")
    assert beside(summary(other, "mAP"))["published"].isna().all()
    precision = runs().rename(columns={"mAP": "P@100"})
    assert beside(summary(precision, "P@100"))["published"].isna().all()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"variant": "epochs=1,learning_rate=0.2"}, 0.597),
        ({"variant": "epochs=5"}, None),
        ({"variant": "learning_rate=0.2"}, 0.72766),
        ({"metric": "mAP@1000"}, None),
        ({"metric": "mAP[ties=index]"}, 0.72766),
        ({"dataset": "sample (seed=1)"}, 0.72766),
        ({"setting": "online", "dataset": "sample"}, None),
        ({"setting": "online", "dataset": "cifar10"}, 0.45064),
        ({"setting": "online", "dataset": "cifar10 (reservoir=20)"}, None),
        ({"setting": "tuning-1"}, None),
    ],
)
def test_a_published_figure_stands_only_beside_what_it_was_published_of(changed, expected):
    row = {
        "setting": "batch-1",
        "dataset": "cifar10",
        "metric": "mAP",
        "variant": "",
        "method_title": "MIHash",
        "bits": 32,
    }
    [found] = beside(pd.DataFrame([{**row, **changed}]))["published"]
    assert np.isnan(found) if expected is None else found == expected


def test_one_epoch_of_mihash_stands_beside_what_was_published_of_one_epoch():
    rows = joined(*(batch_run("mihash", variant=v, method_title="MIHash", bits=32) for v in ("", "epochs=1")))
    by_variant = beside(summary(rows, "mAP")).set_index("variant")["published"]
    assert by_variant.to_dict() == {"": 0.72766, "epochs=1": 0.597}
    [table] = batch_tables(summary(rows, "mAP"), "mAP")
    assert [line.name for line in table.lines] == ["MIHash", "MIHash (epochs=1)"]


def test_tuned_parameters_are_not_in_the_name_of_a_method_that_has_one_variant():
    rows = batch_run("dpsh", variant="learning_rate=3.0", method_title="DPSH")
    [table] = batch_tables(summary(rows, "mAP"), "mAP")
    assert table.lines[0].name == "DPSH"
    assert "DPSH: learning_rate=3.0" in table.said


def test_online_and_batch_runs_have_tables_of_their_own():
    both = joined(run(), batch_run("sdh", method_title="SDH"))
    text = to_markdown(summary_table(both, ["mAP"]))
    assert sum(line.startswith("| ---") for line in text.splitlines()) == 2
    assert "MIHASH" in text.split("\n\n")[0]
    assert to_latex(summary_table(both, ["mAP"])).count(r"\begin{table}") == 2


def test_published_online_figures_are_said_below_the_table():
    rows = run(dataset="cifar10", dataset_title="CIFAR-10", method_title="MIHash")
    text = to_markdown(beside(summary_table(rows, ["mAP"])))
    assert "Published: MIHash, 32 bits: 0.451 (fcakir/mihash online README" in text


def test_a_batch_run_has_no_trigger_to_be_told_apart_by():
    rows = batch_run("sdh", method_title="SDH").assign(trigger="off")
    assert comparable(rows)["trigger"].eq("").all()
    assert comparable(run(trigger="off"))["trigger"].eq("off").all()


@pytest.mark.parametrize("label", ["", "batch-setting1"])
def test_latex_is_labelled_and_balanced(label):
    [table] = batch_tables(beside(summary(runs(), "mAP")), "mAP")
    text = batch_latex(table, ["STAND-IN for a_b."], label)
    assert rf"\label{{tab:{label or 'batch-1-Sample-mAP'}}}" in text
    assert r"STAND-IN for a\_b." in text
    assert text.count("{") == text.count("}")
    columns = text.split(r"\begin{tabular}{")[1].split("}")[0]
    body = [line for line in text.splitlines() if line.startswith(("SDH", "SHK"))]
    assert len(body) == 6
    assert {line.count("&") + 1 for line in body} == {len(columns)}

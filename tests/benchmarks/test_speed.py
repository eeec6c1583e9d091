"""The textbook implementation computes the same results, and the page contains the measurements."""

import json
from pathlib import Path

import commands
import kernels
import numpy as np
import pytest
import results_folder
import speed
import textbook
from click.testing import CliRunner
from measure import HEADER, Ratio, ratio
from page import write_part

from mihash_bench.evaluation import evaluate
from mihash_bench.methods.mihash import MIHash
from mihash_bench.metrics.average_precision import MAP_INDEX
from mihash_bench.stream.reservoir import ReservoirHistory, ReservoirRows

PAGE = Path(speed.__file__).parent.parent / "docs" / "performance.md"


def test_the_textbook_step_is_the_released_one():
    training = kernels.Training(24, 8)
    stream = training.stream
    learned = textbook.train(stream, training.W, 1)
    method = MIHash(8, gradient="released").start(stream.X, W=training.W)
    members = ReservoirRows(stream.X[stream.reservoir], stream.y[stream.reservoir])
    row = stream.examples[:1]
    method.partial_fit(stream.X[row], stream.y[row], reservoir=ReservoirHistory(members, ((),)))
    np.testing.assert_allclose(learned, method.W_, rtol=0, atol=1e-14)
    assert not np.array_equal(learned, training.W)


def test_the_textbook_evaluation_is_ours_with_ties_in_table_order():
    codes = kernels.Codes(700, 30, 12)
    plain = textbook.average_precisions(codes.table, codes.queries, codes.item_labels, codes.query_labels)
    ours = evaluate(codes.words, codes.query_words, codes.relevance, [MAP_INDEX], 12).per_query[MAP_INDEX]
    np.testing.assert_allclose(plain, ours, rtol=1e-12)


def test_a_ratio_is_of_the_whole_where_a_part_was_timed():
    calls = []
    made = ratio("a / b", lambda: calls.append("a"), lambda: calls.append("b"), repetitions=3, scale=(10, 1))
    # In turn, after one go each that does not count.
    assert calls == ["a", "b"] * 4
    assert len(made.ratios) == 3
    row = Ratio("x", (4.0, 6.0, 9.0), (2.0, 2.0, 3.0), "2").row()
    assert row[:3] == ["x", "3.00", "2.00 to 3.00"]


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(kernels, "CIFAR_ITEMS", 600)
    monkeypatch.setattr(kernels, "CIFAR_QUERIES", 20)
    monkeypatch.setattr(kernels, "SLOW_QUERIES", 10)
    monkeypatch.setattr(kernels, "PLACES_ITEMS", 1000)
    monkeypatch.setattr(kernels.Codes, "faiss", lambda self: lambda: None)
    monkeypatch.setattr(speed.kernels, "training", lambda: [Ratio("training", (2.0,), (1.0,), "6")])
    monkeypatch.setattr(speed.kernels, "limits", lambda: dict.fromkeys(
        ("XOR and population count, ns per pair (59,000 items)", "single precision, 8192 x 1024 x 32, GFLOP/s"), 1.0
    ))  # fmt: skip
    monkeypatch.setattr(speed.scaling, "measure", lambda: {
        axis: {"sizes": [1, 10], "seconds": [1.0, 10.0], "exponent": 1.0} for axis in speed.scaling.AXES
    })  # fmt: skip
    monkeypatch.setattr(commands, "STEPS", 20)
    monkeypatch.setattr(speed.commands, "runner", lambda data: [])
    monkeypatch.setattr(speed.commands, "start_up", lambda: Ratio("start", (2.0,), (1.0,)))
    monkeypatch.setattr(speed.commands, "child_start", lambda: {"one more run of a sweep, s (median)": 0.1})
    timed = commands.timed_run
    short = ["--examples", "200", "--checkpoints", "5"]
    monkeypatch.setattr(commands, "timed_run", lambda arguments: timed([*arguments, *short]))
    whole = commands.whole_run
    monkeypatch.setattr(speed.commands, "whole_run", lambda *given: whole(*given, repetitions=1))


def test_the_committed_page_has_the_columns_of_a_new_one():
    page = PAGE.read_text()
    assert f"| {' | '.join(HEADER)} |" in page
    assert f"| {' | '.join(results_folder.HEADER)} |" in page


def test_each_part_that_make_bench_writes_is_in_the_committed_page(tmp_path):
    copy = tmp_path / "page.md"
    copy.write_text(PAGE.read_text())
    for name in (speed.MEASURED, speed.EVALUATION, "results-folder", "growth"):
        write_part(copy, name, f"new {name}")
    assert all(f"new {name}\n" in copy.read_text() for name in (speed.MEASURED, "growth"))
    with pytest.raises(SystemExit, match="not one part"):
        write_part(copy, "nothing", "")


@pytest.mark.slow
def test_the_page_and_the_data_contain_the_measurements(small, tmp_path):
    page = tmp_path / "page.md"
    parts = [f"<!-- {name}: begin -->\nold\n<!-- {name}: end -->" for name in (speed.MEASURED, speed.EVALUATION)]
    page.write_text("\n".join(["before", *parts, "after"]))
    done = CliRunner().invoke(speed.main, ["-o", str(tmp_path / "bench"), "--page", str(page)])
    assert done.exit_code == 0, done.output + repr(done.exception)
    results = json.loads((tmp_path / "bench" / "speed.json").read_text())
    whole = next(r for r in results["ratios"] if "one whole sample run" in r["what"])
    assert whole["first_s"][0] > 0
    # Several tables are coded together.
    assert results["profile"]["codings"] > 10 > results["profile"]["passes"] > 1
    assert sum(results["profile"]["parts"].values()) == pytest.approx(results["profile"]["wall_s"])
    text = page.read_text()
    assert "old" not in text
    assert "after" in text
    measured, evaluation = text.split("<!-- evaluation: begin -->")
    assert "one whole sample run as a command" in measured
    assert measured.count(kernels.BARE) == 0
    assert evaluation.count(kernels.BARE) == 5
    assert (tmp_path / "bench" / "scaling.png").stat().st_size > 1000

"""The section of the page with the leaderboard, of run files that were written by hand."""

import base64
import re
from dataclasses import replace

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.report.html.write import write_html

from ...records import record, write


def one_run(results, method, ap, **changed):
    made = record(method=method, metrics=["mAP"], **changed)
    values = np.asarray(ap)
    final = {**made.final, "ap_expected": values, "ap_index": values}
    costs = {"bit_recomputations": np.array([0.0, 80.0 * (method != "lsh")])}
    curve = {**made.curve, **costs, "mAP": np.array([0.1, values.mean()])}
    write(results, replace(made, curve=curve, final=final))


@pytest.fixture
def results(tmp_path):
    for trial in (0, 1):
        one_run(tmp_path / "results", "lsh", [0.1, 0.2, 0.3], trial=trial)
        one_run(tmp_path / "results", "constant", [0.2, 0.3, 0.4], trial=trial, method_parameters={})
    return tmp_path / "results"


def page_of(results, tmp_path, **options):
    return write_html(results, tmp_path / "report.html", lambda line: None, **options).read_text(encoding="utf-8")


def section_of(page):
    return page.partition('<section id="leaderboard"')[2].partition("</section>")[0]


def test_the_page_has_the_ranks_and_the_front(results, tmp_path):
    section = section_of(page_of(results, tmp_path))
    board, front = re.findall(
        r'<table class="sortable" data-setting="online" data-metric="mAP">.*?</table>', section, re.S
    )
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in re.findall(r"<tr>(.*?)</tr>", board, re.S)[1:]]
    assert [(row[0], row[-2], row[-1]) for row in rows] == [("Constant", "0.000", "1"), ("LSH", "0.000≈", "2")]
    assert [name in front for name in ("LSH", "Constant")] == [True, True]
    [picture] = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', section)
    assert b"<svg" in base64.b64decode(picture)
    assert "STAND-IN for CIFAR-10 and LabelMe" in section


def test_one_method_is_no_leaderboard(tmp_path):
    for trigger in ("on", "off"):
        one_run(tmp_path / "results", "lsh", [0.1, 0.2, 0.3], trigger=trigger)
    page = page_of(tmp_path / "results", tmp_path)
    assert not section_of(page)
    assert "#leaderboard" not in page


def test_what_has_fewer_trials_is_listed(results, tmp_path):
    one_run(results, "constant", [0.2, 0.3, 0.4], bits=16, method_parameters={})
    section = section_of(page_of(results, tmp_path))
    assert "sample (checkpoints=2) constant 16 bits, trigger on: 1 of 2 trials" in re.sub(r"\s+", " ", section)


def test_a_folder_cannot_be_the_results_and_the_tuned_runs(results, tmp_path):
    with pytest.raises(InputError, match="given twice"):
        page_of(results, tmp_path, tuned=[results])

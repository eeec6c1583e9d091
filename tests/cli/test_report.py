"""``report`` on run files that were written by hand."""

import pytest

from ..records import written
from .calling import call


@pytest.fixture
def results(tmp_path):
    for bits in (8, 16):
        written(tmp_path / "results", bits=bits)
    return tmp_path / "results"


def test_the_file_is_in_the_results_folder_unless_another_is_named(results, tmp_path):
    done = call("report", results)
    assert done.exit_code == 0, done.output
    assert done.output == f"{results / 'report.html'}\n"
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "Made by: mihash-bench report" in page
    assert call("report", results, "-o", tmp_path / "other.html", "--no-provenance").exit_code == 0
    assert "Made by" not in (tmp_path / "other.html").read_text(encoding="utf-8")


def test_runs_are_chosen_and_named_by_options_or_by_the_sweeps_file(results, tmp_path):
    (tmp_path / "sweep.toml").write_text('[report]\nbits = [16]\nlabel = ["lsh=Ours"]\n')
    done = call("report", results, "--config", tmp_path / "sweep.toml")
    assert done.exit_code == 0, done.output
    page = (results / "report.html").read_text(encoding="utf-8")
    assert '"name":"Ours"' in page
    assert '"bits":16' in page
    assert '"bits":8' not in page


def test_a_misspelled_choice_is_refused_and_writes_nothing(results):
    done = call("report", results, "--method", "lhs")
    assert done.exit_code == 2
    assert "--method: 'lhs' has no finished run; did you mean 'lsh'? (allowed: lsh)" in done.output
    assert not (results / "report.html").exists()

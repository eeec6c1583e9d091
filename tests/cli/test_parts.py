"""Options of ``table`` and ``plot`` in a sweep's TOML file."""

import pytest

from mihash_bench.sweeps.files import read_tables

from ..records import written
from .calling import call

SWEEP = """
method = ["lsh"]
[table]
results = "{results}"
columns = ["mAP", "updates"]
label = ["{method}=Ours", "sample=Data"]
trigger = "on"
decimals = 1
second = true
"""


@pytest.fixture
def results(tmp_path):
    record = written(tmp_path / "r", trial=0)
    written(tmp_path / "r", trial=1)
    return tmp_path / "r", record.parent.name


def test_a_table_of_the_paper_is_one_command(results, tmp_path):
    folder, method = results
    (tmp_path / "sweep.toml").write_text(SWEEP.format(results=folder, method=method))
    done = call("table", "--config", tmp_path / "sweep.toml")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0] == "| Dataset | Bits | Method | mAP | Updates |"
    assert "Ours" in done.output
    assert "second best underlined" in done.output
    overridden = call("table", "--config", tmp_path / "sweep.toml", "--columns", "mAP", "--label", f"{method}=Mine")
    assert overridden.output.splitlines()[0] == "| Dataset | Bits | Method | mAP |"
    assert "Mine" in overridden.output


def test_the_sweep_itself_does_not_see_the_parts():
    assert read_tables(SWEEP, "--config x") == [{"method": ["lsh"]}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("method = 'lsh'", "it has no part [table]"),
        ("[table]\ncolumn = 'mAP'", "[table]: 'column' is unknown; did you mean 'columns'"),
        ("[table]\nsecond = 'yes'", "[table] second: 'yes' (allowed: true or false)"),
        ("[table]\nlayout = 'lnog'", "'lnog' is not one of 'long'"),
        ("[table", "not TOML"),
    ],
)
def test_a_part_that_is_wrong_is_named(text, said, tmp_path):
    (tmp_path / "sweep.toml").write_text(text)
    done = call("table", tmp_path, "--config", tmp_path / "sweep.toml")
    assert done.exit_code == 2
    assert said in done.output

"""``mihash-bench new``: what it writes keeps all rules, runs, and learns."""

import re

import pytest

from mihash_bench.store.results import load_results
from mihash_bench.studies.skeleton import SKELETONS
from tests.cli.calling import call

pytestmark = pytest.mark.usefixtures("forgotten_plugins")

ONLINE = ["--bits", "16", "--trials", "1", "--trigger", "on", "--examples", "1000", "--checkpoints", "2"]
RUNS = {
    "method": ["--method", "lsh,own-class", *ONLINE],
    "batch-method": ["--setting", "batch-1", "--method", "own-class", "--bits", "16", "--trials", "1"],
    "dataset": ["--method", "lsh,mihash", "--dataset", "own-class", *ONLINE],
    "metric": ["--method", "lsh,mihash", "--metric", "mAP,own-class@r2", *ONLINE],
}


@pytest.fixture
def write(tmp_path, monkeypatch):
    """A function that writes a skeleton into an empty working directory."""
    monkeypatch.chdir(tmp_path)

    def one(kind, name="own_class.py"):
        return call("new", kind, name)

    return one


def final(results, column):
    """The last value of a column by method."""
    return load_results(results).frame.groupby("method")[column].last().to_dict()


@pytest.mark.parametrize("kind", SKELETONS)
def test_what_is_written_keeps_every_rule(kind, write, tmp_path):
    done = write(kind)
    assert done.exit_code == 0, done.output
    lines = (tmp_path / "own_class.py").read_text().splitlines()
    assert 20 <= len(lines) <= 50
    assert max(map(len, lines)) <= 120
    checked = call("check", "own_class.py")
    assert (checked.exit_code, "FAIL" in checked.output) == (0, False), checked.output


@pytest.mark.parametrize("kind", SKELETONS)
def test_what_is_written_runs_and_learns(kind, write, tmp_path, cache_dir):
    commands = re.findall(r"^  mihash-bench (.*)$", write(kind).output, re.M)
    assert commands[0] == "check own_class.py"
    assert "--plugin own_class.py" in commands[1]
    done = call("run", *RUNS[kind], "--plugin", "own_class.py", "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    column = "own-class@r2" if kind == "metric" else "mAP"
    found = final(tmp_path / "results", column)
    if kind == "batch-method":
        # Neighbors are a tenth of the database.
        assert found["own-class"] > 0.3
    else:
        learned = "own-class" if kind == "method" else "mihash"
        assert found[learned] > found["lsh"] + (0.02 if kind == "metric" else 0.1)


def test_a_file_that_exists_is_not_overwritten(write, tmp_path):
    (tmp_path / "own_class.py").write_text("mine")
    done = write("method")
    assert done.exit_code == 2
    assert done.stderr == "mihash-bench: FILE: own_class.py exists already (allowed: the name of a new file)\n"
    assert (tmp_path / "own_class.py").read_text() == "mine"


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [
        ("method", "mine.txt", "FILE: mine.txt (allowed: a name such as my_method.py"),
        ("method", "7.py", "FILE: 7.py (allowed: a name such as my_method.py"),
        ("method", "lsh.py", "FILE: lsh.py: 'lsh' is the name of a class of this package (allowed: another name)"),
        ("dataset", "sample.py", "'sample' is the name of a class of this package"),
        ("metric", "nowhere/mine.py", "FILE: cannot write nowhere/mine.py (No such file or directory)"),
    ],
)
def test_a_name_that_no_class_can_have_is_refused(kind, name, says, write, tmp_path):
    done = write(kind, name)
    assert done.exit_code == 2
    assert says in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_class_is_named_after_the_file(write, tmp_path):
    assert write("method", "very_own-idea.py").exit_code == 0
    text = (tmp_path / "very_own-idea.py").read_text()
    assert "class VeryOwnIdea(OnlineHasher):" in text
    assert 'name = "very-own-idea"' in text
    assert not re.search(r"\b(NAME|CLASS|FILE)\b", text)


def test_the_kinds_of_the_command_line_are_those_of_the_skeletons():
    assert call("new", "setting", "mine.py").exit_code == 2
    assert all(kind in call("new", "setting", "mine.py").stderr for kind in SKELETONS)

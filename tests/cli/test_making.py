"""Tables, figures and exports say what made them, and name nobody; or they say nothing at all."""

import csv
import json
import re
import zlib

import pytest

import mihash_bench
from mihash_bench.store.run_file import read_run

from ..records import record, write
from .calling import call


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The working directory of the user zoe on the host wombat, with three runs, the last with a seed of its own."""
    folder = tmp_path / "zoe"
    folder.mkdir()
    for trial, seed in ((0, 0), (1, 0), (2, 10**25)):
        write(folder / "results", record(trial=trial, seed=seed))
    for name, value in {"HOME": str(folder), "USER": "zoe", "LOGNAME": "zoe", "HOSTNAME": "wombat"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("socket.gethostname", lambda: "wombat")
    monkeypatch.chdir(folder)
    return folder


def keys_in(home, *trials):
    paths = [path for path in (home / "results").rglob("*.h5") if any(f"-t{trial}-" in path.name for trial in trials)]
    return sorted(str(read_run(path).attributes["key"]) for path in paths)


def images(folder):
    return sorted([*folder.glob("*.pdf"), *folder.glob("*.png")])


def names_in(content):
    """What names the author in the bytes of a file, also in its compressed streams."""
    streams = re.findall(rb"stream\r?\n(x.*?)endstream", content, flags=re.S)
    parts = [content, *(zlib.decompressobj().decompress(stream) for stream in streams)]
    return {name for part in parts for name in (b"zoe", b"wombat", b"/tmp", b"/root", b"/home") if name in part}


def test_a_figure_and_a_table_carry_command_versions_and_keys(home):
    done = call("plot", home / "results", f"-o{home}/out", "--x", "examples")
    assert done.exit_code == 0, done.output
    command = "mihash-bench plot results -oout --x examples"
    facts = json.loads((home / "out" / "curve-mAP-examples.provenance.json").read_text())
    assert facts["command"] == command
    assert facts["files"] == ["curve-mAP-examples.pdf", "curve-mAP-examples.png"]
    assert [run["key"] for run in facts["runs"]] == keys_in(home, 0, 1, 2)
    assert sorted(run["seed"] for run in facts["runs"]) == [0, 0, 10**25]
    assert facts["versions"]["mihash-bench"]
    assert facts["versions"]["matplotlib"]
    assert len(facts["source_digest"]) == 64
    beside = json.loads((home / "out" / "table-mAP.provenance.json").read_text())
    assert beside["files"] == ["table-mAP.md", "table-mAP.tex", "table-mAP.csv"]
    said = f"Made by: {command} (mihash-bench "
    assert (home / "out" / "table-mAP.tex").read_text().startswith(f"% {said}")
    for path in images(home / "out"):
        content = path.read_bytes().replace(b"\\(", b"(")  # as PDF writes it
        assert said.encode() in content
        assert all(key[:8].encode() in content for key in keys_in(home, 0, 1, 2))


def test_nothing_names_a_user_a_host_or_a_folder_outside(home):
    assert call("plot", home / "results", "-o", home / "zoe-out", "--x", "examples").exit_code == 0
    assert call("export", home / "results", "-o", home / "runs.csv").exit_code == 0
    made = [home / "runs.provenance.json", *(home / "zoe-out").iterdir()]
    assert len(made) == 1 + 3 + 4
    assert not {path.name: names for path in made if (names := names_in(path.read_bytes()))}
    assert json.loads(made[0].read_text())["command"] == "mihash-bench export results -o runs.csv"


def test_the_same_command_gives_the_same_bytes(home):
    def made():
        assert call("plot", "-o", "out", "--x", "examples").exit_code == 0
        return {path.name: path.read_bytes() for path in (home / "out").iterdir()}

    assert made() == made()


def test_without_provenance_nothing_tells_what_made_the_outputs(home):
    done = call("plot", "-o", "out", "--x", "examples", "--no-provenance")
    assert done.exit_code == 0, done.output
    assert not list((home / "out").glob("*.json"))
    for path in images(home / "out"):
        content = path.read_bytes()
        for word in (b"Made by", b"CreationDate", b"Creator", b"Producer", b"Matplotlib", b"Software", b"ModDate"):
            assert word not in content
    assert (home / "out" / "table-mAP.tex").read_text().startswith("% needs ")
    assert call("table", "--format", "latex", "--no-provenance").stdout.startswith("% needs ")
    assert call("export", "-o", "runs.csv", "--no-provenance").exit_code == 0
    assert sorted(path.name for path in home.iterdir()) == ["out", "results", "runs.csv"]


def test_a_table_in_latex_begins_with_what_made_it_and_other_formats_are_unchanged(home):
    text = call("table", "--format", "latex").stdout
    assert text.startswith("% Made by: mihash-bench table --format latex (mihash-bench ")
    assert text.splitlines()[2] == f"% {' '.join(key[:8] for key in keys_in(home, 0, 1, 2))}"
    for form in ("markdown", "csv"):
        assert call("table", "--format", form).stdout == call("table", "--format", form, "--no-provenance").stdout
    of_python = mihash_bench.table(format="latex")
    assert of_python.startswith("% Made by: Python, mihash_bench.table (mihash-bench ")
    assert mihash_bench.table(format="latex", provenance=False).startswith("% needs ")


def test_a_command_cannot_leave_the_comment(home):
    (home / "results").rename(home / "a\n\\input{x}")
    lines = call("table", "a\n\\input{x}", "--format", "latex").stdout.splitlines()
    assert r"\input{x}" in lines[0]
    assert all(line.startswith("%") for line in lines[:4])
    assert lines[4] == r"\begin{table}"


def test_the_export_has_seed_key_and_code_of_each_run(home):
    assert call("export", "-o", "runs.csv").exit_code == 0
    with (home / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["trial"], row["seed"]) for row in rows} == {("0", "0"), ("1", "0"), ("2", str(10**25))}
    assert sorted({row["key"] for row in rows}) == keys_in(home, 0, 1, 2)
    assert {row["code"] for row in rows} == {""}


def test_an_export_to_standard_output_leaves_no_file(home):
    assert call("export", "-o", "-").stdout.startswith("setting,")
    assert [path.name for path in home.iterdir()] == ["results"]


def test_the_file_beside_an_export_with_a_long_name_has_a_shorter_one(home):
    assert call("export", "-o", f"{'a' * 250}.csv").exit_code == 0
    assert (home / f"{'a' * 239}.provenance.json").is_file()

"""Runs under protocols, from the command line to tables, figures and the checks of their files."""

import csv

import pytest

from mihash_bench.store.run_file import read_run

from .calling import call

WORDS = (
    "--dataset", "synthetic", "--set", "synthetic.n=600", "--method", "ridge", "--bits", "8", "--trials", "1",
    "--trigger", "off", "--reservoir", "20",
)  # fmt: skip
PROTOCOLS = ("standard", "unseen", "growing", "class-incremental")
GIVEN = (
    "--protocol", ",".join(PROTOCOLS), "--update-interval", "50", "--checkpoints", "4", "--set", "growing.queries=50",
    "--set", "growing.chunk=100", "--set", "unseen.queries=5",
)  # fmt: skip

FEW = ("--set", "growing.queries=9")


@pytest.fixture(scope="module")
def swept(tmp_path_factory, cache_dir):
    """A folder with a run under each protocol."""
    results = tmp_path_factory.mktemp("protocols")
    done = call("run", *WORDS, *GIVEN, "-o", results, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    return results, done.output


def by_protocol(results):
    records = [read_run(path) for path in results.glob("runs/online/synthetic/*/*.h5")]
    texts = [str(each.attributes["protocol"]).split(",") for each in records]
    names = [next((part[9:] for part in parts if part.startswith("protocol=")), "standard") for parts in texts]
    return dict(zip(names, records, strict=True))


def test_runs_are_named_by_their_protocol_and_tell_its_parameters(swept):
    results, output = swept
    records = by_protocol(results)
    assert records.keys() == set(PROTOCOLS)
    assert "Protocol growing: the database arrives in chunks, and queries search what has arrived." in output
    assert "growing.queries=50] 8 bits, trigger off, protocol growing, trial 0" in output
    assert str(records["growing"].attributes["variant"]) == "synthetic.n=600,growing.chunk=100,growing.queries=50"
    assert "split=trial" in str(records["unseen"].attributes["protocol"])
    assert "mAP so far" in records["class-incremental"].curve


def test_protocols_never_share_a_table(swept):
    results, _ = swept
    tables = call("table", results, "--format", "markdown").output.split("| Dataset |")[1:]
    named = [next((name for name in PROTOCOLS[1:] if f"protocol={name}" in table), "standard") for table in tables]
    assert sorted(named) == sorted(PROTOCOLS)
    for name, table in zip(named, tables, strict=True):
        assert sum(f"protocol={other}" in table for other in PROTOCOLS) == (name != "standard")
        assert sum("| ridge |" in line.lower() for line in table.splitlines()) == 1
    growing = tables[named.index("growing")]
    assert "protocol growing (the database arrives in chunks, and queries search what has arrived)" in growing
    assert "growing.chunk=100" in growing


def test_protocols_never_share_a_figure(swept, tmp_path):
    results, _ = swept
    done = call("plot", results, "-o", tmp_path, "--x", "examples", "--format", "png", "--no-provenance")
    assert done.exit_code == 0, done.output
    figures = {path.name for path in tmp_path.glob("curve-*.png")}
    assert "curve-mAP-examples.png" in figures
    assert len(figures) == 4
    for name in PROTOCOLS[1:]:
        assert sum(name in figure for figure in figures) == 1
    only = call("plot", results, "-o", tmp_path / "own", "--y", "mAP so far", "--x", "examples", "--format", "png")
    assert only.exit_code == 0, only.output
    assert [path.name.startswith("curve-class-incremental") for path in (tmp_path / "own").glob("*.png")] == [True]


def test_the_export_has_the_protocol_in_a_column(swept, tmp_path):
    results, _ = swept
    assert call("export", results, "-o", tmp_path / "runs.csv").exit_code == 0
    with (tmp_path / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = {part for row in rows for part in row["protocol"].split(",") if part.startswith("protocol=")}
    assert found == {f"protocol={name}" for name in PROTOCOLS[1:]}


def test_their_files_are_whole_and_can_be_recomputed(swept, cache_dir):
    results, _ = swept
    done = call("verify", results, "--recompute", "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    assert "4 of 4 run files" in done.output


def test_the_sweep_is_resumed_and_merged(swept, tmp_path, cache_dir):
    results, _ = swept
    again = call("run", *WORDS, *GIVEN, "-o", results, "--cache-dir", cache_dir)
    assert "All runs (4) are already" in again.output
    assert "4 done" in call("status", results).output
    done = call("merge", results, "-o", tmp_path / "merged")
    assert done.exit_code == 0, done.output
    assert by_protocol(tmp_path / "merged").keys() == set(PROTOCOLS)


def test_a_dry_run_says_the_sizes_of_every_round(tmp_path, cache_dir):
    done = call("run", *WORDS, *GIVEN, "--dry-run", "-o", tmp_path, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    for line in (
        "synthetic, protocol growing (queries=50, chunk=100), round 1: 100 examples, a table of 100 rows, 50 queries",
        "synthetic, protocol growing (queries=50, chunk=100), round 5: 150 examples, a table of 550 rows, 50 queries",
        "round 5: 100 examples",
    ):
        assert line in done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--policy", "once"),
            "--policy: once is not possible with --protocol standard, whose hash table does not grow",
        ),
        (
            ("--protocol", "unseen", "--policy", "learned"),
            "with --protocol unseen, whose hash table has no rows that are",
        ),
        (("--protocol", "grown"), "--protocol: 'grown' is unknown"),
        (
            ("--protocol", "growing", *FEW, "--set", "growing.chunk=70"),
            "--update-interval: 100 (allowed under --protocol",
        ),
        (("--protocol", "growing", *FEW, "--examples", "700"), "at most 500, its stream of 500"),
        (("--protocol", "unseen", "--set", "synthetic.classes=0"), "which has no labels (allowed: standard, growing)"),
    ],
)
def test_what_is_not_possible_is_refused_in_one_line(words, message, tmp_path, cache_dir):
    done = call("run", *WORDS, *words, "-o", tmp_path, "--cache-dir", cache_dir)
    assert done.exit_code == 2
    assert message in done.output
    assert len(done.output.strip().splitlines()) == 1

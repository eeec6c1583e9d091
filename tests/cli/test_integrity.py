"""Files that are not what they say: verify names them, tables leave them out, --strict refuses them; limits on runs."""

import re
import shutil
from pathlib import Path

import pytest

from mihash_bench.store import run_file
from mihash_bench.store.run_file import RunRecord, read_run, write_run
from tests.store.sealed import edited

from .calling import call

SMALL = ["--method", "lsh", "--examples", "200", "--checkpoints", "3", "--trials", "2", "--bits", "8", "-j", "2"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory, cache_dir):
    folder = tmp_path_factory.mktemp("whole")
    assert call("run", *SMALL, "--trigger", "on", "-o", folder, "--cache-dir", cache_dir).exit_code == 0
    return folder


@pytest.fixture
def results(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "results")
    return tmp_path / "results"


def first(results: Path) -> Path:
    return sorted(results.rglob("*.h5"))[0]


def changed(path: Path, **attributes):
    """Change attributes and seal the file again, as whoever edits a run file on purpose would."""
    edited(path, lambda file: file.attrs.update(attributes))


def test_complete_files_pass(results):
    done = call("verify", results)
    assert done.exit_code == 0
    assert done.output == f"2 of 2 run files in {results} are intact\n"


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def foreign(path):
    path.write_bytes(b"something else" * 100)


def move(path):
    path.rename(path.with_name("8b-on-t7-00000000.h5"))


def shorten(path):
    def without_the_last_examples(file):
        examples = file["curve/examples"][:-1]
        del file["curve/examples"]
        file["curve/examples"] = examples

    edited(path, without_the_last_examples)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (flip, "does not match the stored SHA-256"),
        (cut, "does not match the stored SHA-256"),
        (foreign, "not a run file"),
        (move, "belongs at"),
        (shorten, "its curve is not complete"),
        (lambda path: changed(path, schema=run_file.SCHEMA + 1), f"schema {run_file.SCHEMA + 1} is unknown"),
        (lambda path: changed(path, key="0" * 64), "its config gives"),
        (lambda path: changed(path, dataset_digest="other"), "its config gives"),
        (lambda path: changed(path, bits=9), "bits is 9, but its config says 8"),
        (lambda path: changed(path, status="finished"), "status 'finished' is unknown"),
    ],
)
def test_the_fault_of_a_file_is_described_in_one_line(results, damage, said):
    damage(first(results))
    done = call("verify", results)
    assert done.exit_code == 1
    fault, summary = done.output.splitlines()
    assert said in fault
    assert str(results) in fault
    assert summary.startswith("1 of 2 run files")


@pytest.mark.parametrize("verb", [["table"], ["plot", "-o", "{out}"], ["export", "-o", "{out}/x.csv"]])
def test_tables_leave_a_damaged_file_out_with_one_line_and_strict_refuses_it(results, tmp_path, verb):
    flip(first(results))
    name, *more = [part.format(out=tmp_path / "out") for part in verb]
    done = call(name, results, *more)
    assert done.exit_code == 0, done.output
    assert done.output.count("left out: ") == 1
    strict = call(name, results, *more, "--strict")
    assert strict.exit_code == 2
    assert strict.output.startswith("mihash-bench: --strict: 1 files cannot be used, the first: ")


def test_status_shows_the_end_of_a_traceback(results):
    path = first(results)
    attributes = {**read_run(path).attributes, "status": "failed", "reason": "ValueError: broken"}
    lines = ["Traceback (most recent call last):", "  one", "  two", "  three", "ValueError: broken"]
    write_run(path, RunRecord({**attributes, "traceback": "\n".join(lines)}))
    said = call("status", results).output.splitlines()
    assert sorted(said[0].split(", ")) == ["1 done", "1 failed"]
    assert said[-3:] == ["      two", "      three", "    ValueError: broken"]


def test_a_run_that_takes_more_memory_than_allowed_is_ended_and_recorded(tmp_path, cache_dir):
    done = call("run", *SMALL[:-2], "--trigger", "on", "--max-memory", "1M", "-o", tmp_path, "--cache-dir", cache_dir)
    assert done.exit_code == 1
    records = [read_run(path).attributes for path in tmp_path.rglob("*.h5")]
    assert {record["status"] for record in records} == {"killed"}
    assert all("MiB (allowed: 1 MiB)" in record["reason"] for record in records)
    enough = call(
        "run", *SMALL[:-2], "--trigger", "on", "--max-memory", "8GiB", "-o", tmp_path, "--cache-dir", cache_dir
    )
    assert enough.exit_code == 0, enough.output


@pytest.mark.parametrize("size", ["much", "0", "-1G", "2X"])
def test_an_invalid_size_is_refused(size, tmp_path):
    done = call("run", "--max-memory", size, "-o", tmp_path)
    assert done.exit_code == 2
    assert "such as 800M or 2G" in done.output


def test_a_huge_sweep_needs_a_confirmation(tmp_path, cache_dir):
    huge = ["run", "--method", "lsh", "--trials", "501", "--examples", "200", "-o", tmp_path, "--cache-dir", cache_dir]
    done = call(*huge)
    assert done.exit_code == 2
    assert "--yes: the sweep has 1,002 runs (allowed without it: up to 1,000)" in done.output
    assert not list(tmp_path.iterdir())
    assert "1002 to do" in call(*huge, "--yes", "--dry-run").output
    # Counted, not built.
    beyond = [
        *huge[:4],
        str(10**12),
        "--set",
        "synthetic.d=" + ",".join(map(str, range(1, 200))),
        "--dataset",
        "synthetic",
    ]
    assert "398,000,000,000,000 runs" in call(*beyond).output


def test_a_plug_in_whose_name_would_leave_the_results_folder_is_refused_and_not_loaded(monkeypatch, tmp_path):
    class Trap:
        def load(self):
            raise AssertionError("its code was run")

    monkeypatch.setattr(
        "mihash_bench.registry.METHODS._installed", {"../../evil": Trap(), "other": Trap()}, raising=False
    )
    done = call("run", "--method", "../../evil", "-o", tmp_path)
    assert done.exit_code == 2
    assert (
        done.output == "mihash-bench: --method: '../../evil' is not a valid name (allowed: letters, digits and . _ -)\n"
    )
    # Code of a plug-in runs only when it is named.
    assert call("run", "--method", "lsh", "--dry-run", "-o", tmp_path).exit_code == 0


@pytest.mark.parametrize("verb", [["table"], ["plot"], ["export", "-o", "x.csv"]])
def test_a_folder_whose_only_run_cannot_be_used_is_like_an_empty_one(results, verb):
    kept, *others = sorted(results.rglob("*.h5"))
    for other in others:
        other.unlink()
    kept.rename(kept.with_name("moved.h5"))
    done = call(verb[0], results, *verb[1:])
    assert done.exit_code == 2
    assert "left out: " in done.output
    assert re.search(r"has no (finished )?run ", done.output), done.output
    assert "2 missing" in call("status", results).output
    assert call("status", results, "--forget").output.splitlines()[-1] == f"no runs in {results}"


def test_titles_are_those_of_the_installed_classes(results):
    changed(first(results), method_title="Another method")
    assert "Another method" not in call("table", results).output
    assert "LSH" in call("table", results).output


@pytest.mark.parametrize("config", ["not json", "[]", "{}", "[" * 5_000])
def test_a_config_that_cannot_be_read_is_one_line_in_every_verb(results, tmp_path, config):
    changed(first(results), config=config)
    for verb in (["status"], ["table"], ["export", "-o", str(tmp_path / "x.csv")]):
        done = call(verb[0], results, *verb[1:])
        assert done.exit_code == 0, done.output
        assert done.output.count("left out: ") == 1
    assert call("verify", results).exit_code == 1

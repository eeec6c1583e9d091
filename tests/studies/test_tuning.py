"""``tune --setting online`` on small data: the same budget for every method, and no query is looked at."""

import tomllib

import numpy as np
import pytest

from tests.cli.calling import call

SHORT = ("tune", "--setting", "online", "--examples", 1000, "--bits", 8, "-j", 2)


def record_of(folder):
    [path] = (folder / "tune").glob("*.toml")
    return tomllib.loads(path.read_text())


def test_every_method_has_the_same_budget_and_the_preset_runs_what_was_chosen(tmp_path, cache_dir):
    where = ("-o", tmp_path, "--cache-dir", cache_dir)
    more = ("--method", "osh,ridge,lsh", "--budget", 2, "--repeats", 1, "--set", "osh.boosting=off")
    done = call(*SHORT, *more, *where)
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "Budget of each method: 2 parameter sets, the defaults first." in said
    assert "900 examples are learned from, and the 100 after them are the queries" in said
    assert "lsh: nothing to tune." in said
    assert "repeated in 1 further trial." in said
    record = record_of(tmp_path)
    tried = {name: record["tuning"][name]["tried"] for name in record["method"]}
    assert {name: len(sets) for name, sets in tried.items()} == {"osh": 2, "ridge": 2, "lsh": 1}
    assert [len(each["further"]) for each in [*tried["osh"], *tried["ridge"]]] == [1, 1, 1, 1]
    assert record["tuning"]["osh"]["searched"] == {"step_size": "log-uniform from 0.01 to 1"}
    assert record["examples"] == 1000
    assert record["set"][0] == "osh.boosting=off"
    chosen = record["tuning"]["ridge"]["chosen"]["regularization"]
    assert f"ridge.regularization={chosen}" in record["set"]
    best = max(tried["ridge"], key=lambda each: np.mean([each["score"], *each["further"]]))
    assert best["regularization"] == chosen

    again = call(*SHORT, *more, *where)
    assert "All runs (5) are already in" in again.output
    assert record_of(tmp_path) == record
    path = tmp_path / "tune" / "online-sample-osh-ridge-lsh-8b.toml"
    listed = call("run", "--config", path, *where, "--dry-run")
    assert listed.exit_code == 0, listed.output
    assert "18 to do" in listed.output
    assert "boosting=off" in listed.output


def imported(folder, queries, labels):
    """Import 600 rows with these queries and their labels."""
    folder.mkdir()
    rng = np.random.default_rng(1)
    y = rng.integers(0, 4, 600)
    X = np.eye(4)[y] + rng.standard_normal((600, 4))
    for name, array in {"X": X, "y": y, "Q": queries, "q": labels}.items():
        np.save(folder / f"{name}.npy", array)
    names = ("--labels", folder / "y.npy", "--queries-file", folder / "Q.npy", "--query-labels", folder / "q.npy")
    done = call(
        "datasets", "import", folder / "X.npy", *names, "--name", "mine", "--normalize", "unit", "--data-dir", folder
    )
    assert done.exit_code == 0, done.output
    return folder


def test_other_queries_change_neither_the_choice_nor_any_score(tmp_path, cache_dir):
    rng = np.random.default_rng(2)
    ordinary = imported(tmp_path / "ordinary", rng.standard_normal((40, 4)), rng.integers(0, 4, 40))
    absurd = imported(tmp_path / "absurd", 1e6 * rng.standard_normal((90, 4)), np.full(90, 77))
    records = []
    for folder in (ordinary, absurd):
        what = ("--dataset", "mine", "--data-dir", folder, "--method", "ridge", "--budget", 3, "--repeats", 0)
        done = call("tune", "--setting", "online", "--bits", 4, "-j", 2, *what, "-o", folder, "--cache-dir", cache_dir)
        assert done.exit_code == 0, done.output
        records.append(record_of(folder))
    first, second = records
    assert first["tuning"].pop("dataset_digest") != second["tuning"].pop("dataset_digest")
    assert first == second
    assert len({each["score"] for each in first["tuning"]["ridge"]["tried"]}) == 3


def test_without_labels_the_usual_methods_that_need_them_are_left_out(tmp_path, cache_dir):
    more = ("--set", "sample.labels=off", "--budget", 1, "--repeats", 0, "--update-interval", 100)
    done = call(*SHORT, *more, "-o", tmp_path, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    assert "osh is left out: osh needs labels, sample has none" in done.output
    record = record_of(tmp_path)
    assert record["method"] == ["mihash", "okh", "adapthash", "sketchhash"]
    assert record["set"][0] == "sample.labels=off"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--setting", "batch-2"), "--setting: batch-2 cannot be tuned (allowed: online, batch-1)"),
        (("--setting", "offline"), "--setting: 'offline' is unknown; did you mean 'online'"),
        (("--examples", 100), "--examples: batch-1 has no stream and no trigger (allowed: leave it out)"),
        (("--setting", "online", "--method", "sdh"), "--method: sdh belongs to --setting batch-1"),
        (
            ("--setting", "online", "--method", "ridge,osh", "--set", "sample.labels=off"),
            "--method: ridge needs labels, sample has none (allowed: leave ridge out)",
        ),
        (
            ("--setting", "online", "--method", "bsodh"),
            "--update-interval: 100 (allowed for bsodh at 32 bits: multiples of 2000)",
        ),
        (
            ("--setting", "online", "--method", "ridge", "--set", "ridge.classes=16,32"),
            "--set: several values of a parameter of ridge (allowed in tune: one)",
        ),
        (("--setting", "online", "--method", "ridge", "--examples", 0), "--examples: 0 is not allowed"),
    ],
)
def test_what_cannot_be_tuned_is_refused_in_one_line(arguments, said, tmp_path, cache_dir):
    done = call("tune", *arguments, "-o", tmp_path, "--cache-dir", cache_dir)
    assert done.exit_code == 2
    assert said in done.output
    assert len(done.output.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_budget_that_is_larger_than_the_space_is_said_to_have_tried_all(tmp_path, cache_dir):
    fixed = ("--set", "sketchhash.batch_size=50", "--repeats", 0)
    done = call(*SHORT, "--method", "sketchhash", "--budget", 4, *fixed, "-o", tmp_path, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    # The sample has 128 features, which is less than the other sizes.
    sizes = [each["sketch_size"] for each in record_of(tmp_path)["tuning"]["sketchhash"]["tried"]]
    assert sorted(sizes, key=str) == [100, "none"]
    assert "2 tried, as no further set was found" in done.output

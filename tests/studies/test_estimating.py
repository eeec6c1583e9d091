"""What ``run --dry-run`` says about a shard and about the time of its runs."""

from dataclasses import replace

from tests.cli.calling import call
from tests.records import record, write

SHAPE = {"rows": 11_000, "columns": 128, "first_label": 0, "last_label": 9}
VALUES = (
    "--method",
    "lsh,mihash",
    "--bits",
    8,
    "--trigger",
    "on",
    "--trials",
    2,
    "--examples",
    2000,
    "--checkpoints",
    2,
)


def dry_run(results, cache_dir, *more):
    done = call("run", *VALUES, "-o", results, "--cache-dir", cache_dir, "--dry-run", *more)
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def past(results, trial, seconds):
    """Write the file of a run of LSH on the sample that took so long."""
    made = record(trial=trial)
    times = {
        "started": "2026-01-01T00:00:00+00:00",
        "ended": f"2026-01-01T00:{seconds // 60:02d}:{seconds % 60:02d}+00:00",
    }
    write(results, replace(made, attributes={**made.attributes, **SHAPE, **times}))


def test_a_method_without_past_runs_is_said_to_have_none_and_is_left_out_of_the_sum(tmp_path, cache_dir):
    for trial, seconds in ((5, 120), (6, 180), (7, 240)):
        past(tmp_path, trial, seconds)
    lines = dry_run(tmp_path, cache_dir, "-j", 1)
    assert lines[-4:] == [
        f"Estimated processor time, from past runs in {tmp_path}:",
        "  online lsh: 2 runs, 6 min (of 3 past runs)",
        "  online mihash: 2 runs, no past run, so nothing is known",
        "In all: 6 min, about 6 min with 1 in parallel, without the 2 runs of which nothing is known.",
    ]


def test_without_any_past_run_nothing_is_estimated(tmp_path, cache_dir):
    assert dry_run(tmp_path / "new", cache_dir)[-1] == "In all: no estimate for 4 runs."


def test_only_the_runs_of_the_shard_are_listed_and_estimated(tmp_path, cache_dir):
    past(tmp_path, 5, 120)
    shards = [dry_run(tmp_path, cache_dir, "--shard", f"{number}/3") for number in (1, 2, 3)]
    listed = [line for lines in shards for line in lines if line.startswith("to do: ")]
    assert len(listed) == len(set(listed)) == 4
    assert [lines[0].partition(":")[0] for lines in shards] == ["Shard 1 of 3", "Shard 2 of 3", "Shard 3 of 3"]
    assert sum("no past run" in line for lines in shards for line in lines) == 2


def test_a_shard_without_runs_has_nothing_to_compute(tmp_path, cache_dir):
    lines = dry_run(tmp_path, cache_dir, "--shard", "9/9")
    assert lines == ["Shard 9 of 9: 0 of 4 runs, 0.0 % of the cost of the sweep.", "There is nothing to compute."]

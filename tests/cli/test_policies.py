"""Runs under table policies, from the command line to the checks of their files."""

import pytest

from mihash_bench.store.run_file import read_run

from .calling import call

SMALL = ("--method", "ridge", "--examples", "300", "--checkpoints", "3", "--bits", "8", "--trials", "1")


@pytest.fixture(scope="module")
def swept(tmp_path_factory, cache_dir):
    """A folder with a run under each policy, and what `run` printed."""
    results = tmp_path_factory.mktemp("policies")
    words = (*SMALL, "--trigger", "off", "--policy", "full,pool,learned", "--set", "pool.centres=20")
    done = call("run", *words, "--set", "pool.nearest=30", "-o", results, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    return results, done.output


def by_policy(results):
    records = [read_run(path) for path in results.glob("runs/online/sample/*/*.h5")]
    return {str(each.attributes["protocol"]).partition("policy=")[2] or "full": each for each in records}


def test_runs_under_each_policy_are_told_apart(swept):
    results, output = swept
    records = by_policy(results)
    assert records.keys() == {"full", "pool", "learned"}
    assert "Policy learned: labels in the table." in output
    for name in ("pool", "learned"):
        assert f"trigger off, policy {name}, trial 0" in output
        assert records[name].final["code_age"].shape == (10_000,)
        assert records[name].attributes["table_s_is"] == "measured at each update, without queries"
    assert "recoded" not in records["full"].trigger
    assert 0 < records["pool"].attributes["candidates_share"] < 1
    assert str(records["pool"].attributes["variant"]) == "pool.centres=20,pool.nearest=30"
    table = call("table", results).output
    assert "policy=pool" in table
    assert "policy=learned" in table


def test_their_files_are_whole_and_a_mixed_table_is_not_recomputed(swept, cache_dir):
    results, _ = swept
    assert call("verify", results).exit_code == 0
    done = call("verify", results, "--recompute", "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    assert "policy pool: the codes of a table cannot be recomputed from one snapshot" in done.output
    assert "1 of 3 run files" in done.output
    assert "2 more are intact but not recomputed" in done.output


def test_a_later_metric_is_measured_by_doing_their_runs_again(swept, cache_dir):
    results, _ = swept
    words = (*SMALL, "--trigger", "off", "--policy", "full,pool,learned", "--set", "pool.centres=20")
    before = by_policy(results)
    later = (*words, "--set", "pool.nearest=30", "--metric", "mAP,P@r2")
    done = call("run", *later, "-o", results, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    after = by_policy(results)
    for name in ("pool", "learned"):
        assert after[name].curve["P@r2"].shape == before[name].curve["mAP"].shape
        assert after[name].curve["mAP"].tolist() == before[name].curve["mAP"].tolist()


def test_a_method_that_gives_no_learned_codes_is_skipped_with_the_reason(tmp_path, cache_dir):
    words = ("--method", "lsh", "--examples", "200", "--checkpoints", "2", "--bits", "8", "--trials", "1")
    done = call("run", *words, "--trigger", "off", "--policy", "learned", "-o", tmp_path, "--cache-dir", cache_dir)
    assert "lsh gives no learned codes of its examples" in done.output

"""What a results folder keeps to be read faster never changes what is printed."""

import os
import shutil
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from mihash_bench.store import reading
from mihash_bench.store.index import index_path
from mihash_bench.store.layout import derived_path

from ..records import record, write
from .calling import call

VERBS = (
    ("table", "--format", "markdown"),
    ("table", "--format", "latex", "--no-provenance"),
    ("table", "--format", "csv", "--metric", "mAP,P@r2"),
    ("table", "--code", "all"),
    ("status",),
    ("export", "-o-"),
)


def made(number, **changed):
    """A run with 40 queries. A metric that is not stored for each query is unknown at its first checkpoint."""
    whole = record(metrics=["mAP", "P@r2"], **changed)
    ap = np.random.default_rng(number).random(40)
    curve = {**whole.curve, "mAP": np.array([0.25, ap.mean()]), "P@r2": np.array([np.nan, 0.5])}
    final = {**whole.final, "queries": np.arange(40), "ap_expected": ap, "ap_index": ap}
    return replace(whole, curve=curve, final=final)


@pytest.fixture(autouse=True)
def _settled(monkeypatch):
    """Files are old enough to be remembered."""
    monkeypatch.setattr(reading, "SETTLING_NS", -(10**10))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs with both triggers, two seeds and two trials, and one that failed."""
    folder = tmp_path_factory.mktemp("runs") / "results"
    for number, (trigger, seed, trial) in enumerate(product(("on", "off"), (0, 1), (0, 1))):
        write(folder, made(number, trigger=trigger, seed=seed, trial=trial))
    write(folder, record(trial=5, status="failed", reason="no memory"))
    return folder


@pytest.fixture
def results(runs, tmp_path):
    """A copy of the runs, of which nothing is kept yet."""
    return shutil.copytree(runs, tmp_path / "results")


def printed(folder):
    """What all verbs print about a folder."""
    done = [call(*verb[:1], folder, *verb[1:]) for verb in VERBS]
    assert [each.exit_code for each in done] == [0] * len(VERBS), done[-1].output
    return [each.output for each in done]


def fresh(folder, tmp_path):
    """What all verbs print about the same run files without anything that was kept."""
    caches = [path for path in (index_path(folder), derived_path(folder)) if path.exists()]
    for path in caches:
        path.rename(tmp_path / path.name)
    try:
        return printed(folder)
    finally:
        for path in caches:
            (tmp_path / path.name).replace(path)


def test_all_verbs_print_the_same_with_and_without_what_was_kept(results, tmp_path):
    first = printed(results)
    assert index_path(results).exists()
    assert derived_path(results).exists()
    assert printed(results) == first
    assert fresh(results, tmp_path) == first


@pytest.mark.parametrize("path_of", [index_path, derived_path])
def test_damage_to_what_was_kept_changes_nothing(results, path_of):
    first = printed(results)
    for damage in (lambda old: old[: len(old) // 2], lambda old: old[:-1] + b"#", lambda old: b""):
        path_of(results).write_bytes(damage(path_of(results).read_bytes()))
        assert printed(results) == first


def test_a_changed_file_is_shown_as_it_is_now(results, tmp_path):
    first = printed(results)
    other = write(tmp_path / "other", made(100, trigger="on", seed=0, trial=0))
    path = results / other.relative_to(tmp_path / "other")
    before = path.stat()
    path.write_bytes(other.read_bytes())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    changed = printed(results)
    same = [now == then for now, then in zip(changed, first, strict=True)]
    assert same == [verb[0] == "status" for verb in VERBS]
    assert changed == fresh(results, tmp_path)


def test_a_copied_file_is_refused_with_and_without_what_was_kept(results, tmp_path):
    printed(results)
    path = sorted(results.rglob("*-t1-*.h5"))[0]
    shutil.copy2(path, path.with_name(path.name.replace("-t1-", "-t7-")))
    now = printed(results)
    assert "it belongs at" in now[0]
    assert now == fresh(results, tmp_path)
    assert "it belongs at" in call("table", results, "--strict").output


def test_a_removed_file_is_not_shown_any_more(results, tmp_path):
    first = printed(results)
    sorted(results.rglob("*-t1-*.h5"))[0].unlink()
    now = printed(results)
    assert now != first
    assert now == fresh(results, tmp_path)

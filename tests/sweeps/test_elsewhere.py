"""A run on another machine uses the data of that machine, and refuses others than those of the sweep."""

from pathlib import Path

import pytest

from mihash_bench.errors import InputError
from mihash_bench.sweeps import elsewhere
from mihash_bench.sweeps.choose import sweep_of
from mihash_bench.sweeps.sweep import Folders


@pytest.fixture
def task(tmp_path, cache_dir, monkeypatch):
    monkeypatch.delenv(elsewhere.CACHE_DIR, raising=False)
    elsewhere._prepared.cache_clear()
    values = {"method": "lsh", "trigger": "on", "trials": 1, "bits": 8, "examples": 200, "dataset": "synthetic"}
    (task,) = sweep_of({**values, "set": ["synthetic.n=500"]}, {}).tasks(Folders(tmp_path, Path(), cache_dir))
    return task.absolute()


def test_its_file_is_below_the_other_folder_and_everything_else_is_the_same(task, tmp_path):
    there = task.here(tmp_path / "worker")
    assert there.path.relative_to(tmp_path / "worker") == task.path.relative_to(tmp_path)
    assert (there.key, there.config, there.cache_dir) == (task.key, task.config, task.cache_dir)
    assert not there.fault(there.perform(lambda *event: None)).startswith("its key")


def test_data_are_prepared_in_the_cache_that_the_environment_names(task, tmp_path, monkeypatch):
    monkeypatch.setenv(elsewhere.CACHE_DIR, str(tmp_path / "own"))
    assert task.here(tmp_path / "worker").cache_dir == tmp_path / "own"
    assert any((tmp_path / "own").rglob("*"))


def test_a_cache_that_is_not_here_is_replaced_by_that_of_the_user(task, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    # The folder is determined once in a process, which other tests may have done.
    monkeypatch.setattr(elsewhere, "default_cache_dir", elsewhere.default_cache_dir.__wrapped__)
    place = elsewhere.place_here(task.config, task.dataset_digest, task.data_dir, tmp_path / "not-here")
    assert place.cache_dir.is_relative_to(tmp_path / "user")


def test_other_data_are_refused(task):
    with pytest.raises(InputError, match="MIHASH_BENCH_DATA_DIR: .* has other data of synthetic than the sweep"):
        elsewhere.place_here(task.config, "0" * 64, task.data_dir, task.cache_dir)

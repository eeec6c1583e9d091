"""A short version of the fault-injection suite (``make test-faults`` runs the complete one)."""

import numpy as np
import pytest

from tests.faults.full_disk import fill_disks, reason_to_skip
from tests.faults.hostile_mats import read_mats
from tests.faults.kills import KILLS, SIGNALS, STOPS, kill_sweeps
from tests.faults.liars import tell_lies
from tests.faults.mutations import GOLDEN_RUN, KINDS, Judge, damaged, try_caches, try_files
from tests.faults.read_hostile import read_hostile


def test_damaged_files_are_refused_or_keep_every_rule(tmp_path):
    report = try_files(150, tmp_path)
    assert report.worrying == []
    assert report.tried > 140
    assert report.counts["refused"] > 50


def test_a_damaged_cache_is_rebuilt(tmp_path):
    report = try_caches(25, tmp_path)
    assert report.worrying == []
    assert report.counts["same content"] == 25


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A folder for killed sweeps, which are compared with the same undisturbed one."""
    return tmp_path_factory.mktemp("killed")


@pytest.mark.slow
def test_a_sweep_killed_at_random_moments_ends_equal_to_an_undisturbed_one(killed):
    report = kill_sweeps(2, killed, seed=3, ways=[*KILLS, *SIGNALS], trials=1, attempts=(2, 3))
    assert report.worrying == []
    assert report.kills >= 2
    assert report.equal == report.sweeps > 0


def test_damage_is_determined_by_the_seed_and_detected(tmp_path):
    content = GOLDEN_RUN.read_bytes()
    first, second = (damaged(content, np.random.default_rng(5)) for _ in range(2))
    assert first == second != content
    (kind,) = (kind for kind in KINDS if kind.name == "run file")
    judge = Judge(kind, tmp_path / "judge")
    try:
        # An undamaged run file counts as a silent acceptance here, since whatever is tried was damaged.
        assert judge(content, 0).startswith("silent")
        assert judge(content[:-1], 1) == "refused"
    finally:
        judge.close()


@pytest.mark.slow
def test_sealed_hostile_run_files_are_refused_by_readers(tmp_path):
    # An attack of each class, each read by two of the readers, and all readers in turn.
    report = read_hostile(tmp_path, 14, seed=1, again=1, readers=2)
    assert report.worrying == []
    assert report.tried == 29
    assert report.counts["refused"] > 20


@pytest.mark.slow
def test_hostile_mat_files_are_refused_in_one_line(tmp_path):
    report = read_mats(tmp_path, every=12)
    assert report.worrying == []
    assert report.counts["refused"] > 6


@pytest.mark.slow
def test_plug_ins_that_lie_cost_themselves_only(tmp_path):
    names = ["honest", "base", "silent", "os-exit", "forks", "wide", "title-lone"]
    report = tell_lies(tmp_path, names, others=1)
    assert report.worrying == []
    assert report.counts["recorded"] >= 4


@pytest.mark.slow
def test_a_sweep_on_a_full_disk_continues_when_there_is_room(tmp_path):
    if reason := reason_to_skip(tmp_path / "disk"):
        pytest.skip(reason)
    # There is room for one of its two runs.
    report = fill_disks(tmp_path, [64], trials=2)
    assert report.worrying == []
    assert report.tried > 5


@pytest.mark.slow
def test_stopped_processes_change_no_result(killed):
    report = kill_sweeps(1, killed, seed=4, ways=STOPS[1:3], trials=1, attempts=(2, 2))
    assert report.worrying == []
    assert report.equal == report.sweeps > 0

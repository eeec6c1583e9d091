import errno
import os
import tempfile
from contextlib import contextmanager

import pytest

from mihash_bench.datasets import base
from mihash_bench.doctor.disks import check_cache, check_results_disk, check_temporary
from mihash_bench.store import lock, output_file


def test_a_good_disk_is_ok_and_nothing_is_left_behind(tmp_path):
    findings = list(check_results_disk(tmp_path / "not" / "there"))
    assert [(each.check, each.state) for each in findings] == [
        ("results folder", "ok"), ("file locks", "ok"), ("atomic rename", "ok")
    ]  # fmt: skip
    assert "does not exist yet" in findings[0].said
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_results_folder_is_broken(tmp_path):
    (tmp_path / "file").touch()
    (finding,) = check_results_disk(tmp_path / "file" / "results")
    assert finding.state == "broken"
    assert "is not a folder" in finding.said
    assert "-o" in finding.advice


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_broken(tmp_path):
    tmp_path.chmod(0o500)
    (finding,) = check_results_disk(tmp_path)
    assert finding.state == "broken"


def test_a_disk_without_locks_is_broken(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    found = {each.check: each for each in check_results_disk(tmp_path)}
    assert found["file locks"].state == "broken"
    assert "No locks available" in found["file locks"].said
    assert found["atomic rename"].state == "ok"


def test_a_disk_whose_locks_exclude_nobody_is_broken(tmp_path, monkeypatch):
    monkeypatch.setattr(lock.fcntl, "flock", lambda *arguments: None)
    found = {each.check: each for each in check_results_disk(tmp_path)}
    assert found["file locks"].state == "broken"
    assert "given twice" in found["file locks"].said


def test_a_disk_on_which_files_are_overwritten_in_place_is_broken(tmp_path, monkeypatch):
    @contextmanager
    def in_place(path):
        with path.open("r+b") as file:
            yield file

    monkeypatch.setattr(output_file, "written", in_place)
    found = {each.check: each for each in check_results_disk(tmp_path)}
    assert found["atomic rename"].state == "broken"


def test_the_cache_is_described_with_what_it_holds(tmp_path, cache_dir):
    from mihash_bench.datasets.sample import Sample

    Sample().load(tmp_path, tmp_path / "cache")
    (finding,) = check_cache(tmp_path / "cache")
    assert finding.state == "ok"
    assert finding.facts["datasets"] == 1
    assert finding.facts["bytes"] > 1_000_000
    assert next(iter(check_cache(tmp_path / "none"))).facts["datasets"] == 0


def test_a_file_in_the_place_of_the_cache_is_broken(tmp_path):
    (tmp_path / "file").touch()
    (finding,) = check_cache(tmp_path / "file")
    assert finding.state == "broken"
    assert "--cache-dir" in finding.advice


def test_a_cache_among_the_temporary_files_is_a_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(base, "cache_place", lambda: tmp_path / "usual")
    monkeypatch.setattr(base, "default_cache_dir", lambda: tmp_path / "temporary")
    (finding,) = check_cache(None)
    assert finding.state == "problem"
    assert f"{tmp_path / 'usual'} cannot be written to" in finding.said


def test_a_temporary_folder_that_is_not_used_is_a_problem(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "absent"))
    (finding,) = check_temporary()
    assert finding.state == "problem"
    assert f"TMPDIR is {tmp_path / 'absent'}" in finding.said
    monkeypatch.setattr(tempfile, "tempdir", None)

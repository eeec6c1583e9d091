import os
from pathlib import Path

import pytest

from mihash_bench.store.durable import flush, write_whole
from mihash_bench.store.run_file import write_run

from .records import record


def test_a_run_file_is_flushed_before_it_gets_its_name_and_its_folder_afterwards(tmp_path, monkeypatch):
    path = tmp_path / "runs" / "run.h5"
    flushed, fsync = [], os.fsync

    def recorded(descriptor):
        flushed.append((os.fstat(descriptor).st_ino, path.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", recorded)
    write_run(path, record())
    assert flushed == [(path.stat().st_ino, False), (path.parent.stat().st_ino, True)]


def test_flushing_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        flush(tmp_path / "nothing")


def test_two_machines_never_have_the_same_temporary_name(tmp_path, monkeypatch):
    # Processes of two machines may have the same number.
    monkeypatch.setattr(os, "getpid", lambda: 7)
    names, replace = [], Path.replace

    def noted(path, target):
        names.append(path.name)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", noted)
    for _ in range(2):
        write_whole(tmp_path / "run.h5", b"content")
    assert len(set(names)) == 2

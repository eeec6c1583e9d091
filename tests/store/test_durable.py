import os

import pytest

from mihash_bench.store.durable import flush
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

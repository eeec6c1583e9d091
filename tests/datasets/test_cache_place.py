import logging
import tempfile
from pathlib import Path

import platformdirs
import pytest

from mihash_bench.datasets._cache_place import default_cache_dir


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The function, with the user's cache and the folder of temporary files below a folder of the test."""

    def find(usual):
        monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: str(usual))
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        return default_cache_dir.__wrapped__()

    return find


def test_it_is_the_users_cache_whether_it_exists_or_not(place, tmp_path):
    assert place(tmp_path) == tmp_path
    assert place(tmp_path / "new" / "folder") == tmp_path / "new" / "folder"
    assert not (tmp_path / "new").exists()


def test_without_a_cache_that_can_be_written_it_is_a_private_temporary_folder(place, tmp_path, caplog):
    (tmp_path / "file").touch()
    with caplog.at_level(logging.WARNING):
        folder = place(tmp_path / "file" / "cache")
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o777 == 0o700
    assert str(folder) in caplog.text


@pytest.mark.parametrize("spoil", [lambda path: path.chmod(0o777), lambda path: (path.rmdir(), path.symlink_to("/"))])
def test_a_temporary_folder_that_others_may_change_is_named_and_not_used(place, tmp_path, spoil, caplog):
    (tmp_path / "file").touch()
    usual = tmp_path / "file" / "cache"
    temporary = place(usual)
    spoil(temporary)
    caplog.clear()
    assert place(usual) == Path(usual)
    assert f"{temporary} is not used for prepared datasets" in caplog.text

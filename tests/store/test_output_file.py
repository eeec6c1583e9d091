"""Files that the user names, of every kind, and what stays where writing fails."""

import os
import threading
from pathlib import Path

import pytest

from mihash_bench.store.output_file import NAME_CHARACTERS, is_special, move_to, written

from ..devices import device


def write(path, content=b"new"):
    with written(path) as file:
        file.write(content)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_regular_file_is_replaced_as_a_whole_in_folders_that_are_made(tmp_path):
    path = tmp_path / "a" / "b" / "out.csv"
    write(path, b"old")
    inode = path.stat().st_ino
    write(path)
    assert path.read_bytes() == b"new"
    assert path.stat().st_ino != inode
    assert names(path.parent) == ["out.csv"]


def test_a_block_that_fails_leaves_the_old_content_and_no_temporary_file(tmp_path):
    path = tmp_path / "out.csv"
    write(path, b"old")
    with pytest.raises(TypeError), written(path) as file:
        file.writelines([b"half", "text"])
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["out.csv"]


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "there").mkdir()
    target, link, second = tmp_path / "there" / "real.csv", tmp_path / "link.csv", tmp_path / "second.csv"
    link.symlink_to("there/real.csv")
    second.symlink_to("link.csv")
    write(second, b"first")  # the target does not exist yet
    assert target.read_bytes() == b"first"
    write(second)
    assert second.is_symlink()
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert names(target.parent) == ["real.csv"]


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match=f"{tmp_path / 'file'} is not a folder"):
        write(tmp_path / "file" / "sub" / "out.csv")


def test_links_in_a_circle_and_folders_are_refused(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write(tmp_path / "folder")
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        write(tmp_path / "a")
    assert (tmp_path / "a").is_symlink()
    assert names(tmp_path) == ["a", "b", "folder"]


def test_a_fifo_is_written_to(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()), daemon=True)
    reader.start()
    write(path)
    reader.join(30)
    assert read == [b"new"]
    assert path.is_fifo()


def test_an_open_file_is_written_to_after_what_it_holds_already(tmp_path):
    path = tmp_path / "out.txt"
    with path.open("wb") as file:
        file.write(b"before ")
        file.flush()
        inode = path.stat().st_ino
        write(Path(f"/dev/fd/{file.fileno()}"))
    assert path.read_bytes() == b"before new"
    assert path.stat().st_ino == inode


def test_a_link_to_a_device_stays_and_the_device_is_written_to(tmp_path):
    null = device(tmp_path, "null")
    link = tmp_path / "link"
    link.symlink_to(null)
    write(link)
    assert link.is_symlink()
    assert null.is_char_device()


def test_what_leads_to_dev_or_to_an_open_file_is_special(tmp_path):
    link = tmp_path / "link"
    link.symlink_to("/dev/fd/1")
    # A mistyped device is opened, which fails, but never created.
    assert is_special(Path("/dev/stdoutt"))
    assert is_special(link)
    assert not is_special(Path("/dev/shm/runs.csv"))
    assert not is_special(tmp_path / "runs.csv")


def test_a_name_as_long_as_the_system_allows_can_be_written(tmp_path):
    path = tmp_path / ("n" * 255)
    assert len(path.name) > NAME_CHARACTERS
    write(path)
    assert path.read_bytes() == b"new"


def test_a_complete_file_is_moved_to_where_a_link_leads(tmp_path):
    (tmp_path / "there").mkdir()
    link, source = tmp_path / "figure.pdf", tmp_path / "source"
    link.symlink_to(tmp_path / "there" / "figure.pdf")
    source.write_bytes(b"drawn")
    assert move_to(link, source) == link
    assert link.is_symlink()
    assert (tmp_path / "there" / "figure.pdf").read_bytes() == b"drawn"

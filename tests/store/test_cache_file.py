import os
import subprocess
import sys

import pytest

from mihash_bench.store.cache_file import LARGE_BYTES, read_cache, write_cache


def test_what_is_written_is_read_again(tmp_path):
    write_cache(tmp_path / "cache", "things 1", b"content")
    assert read_cache(tmp_path / "cache", "things 1") == b"content"


@pytest.mark.parametrize("place", [0, 20, 40, 90])
def test_a_damaged_byte_is_found(tmp_path, place):
    write_cache(tmp_path / "cache", "things 1", b"content" * 10)
    content = bytearray((tmp_path / "cache").read_bytes())
    content[place] ^= 1
    (tmp_path / "cache").write_bytes(content)
    with pytest.raises(ValueError, match=r"damaged|version"):
        read_cache(tmp_path / "cache", "things 1")


def test_another_version_and_what_is_no_regular_file_of_its_own_are_refused(tmp_path):
    write_cache(tmp_path / "cache", "things 1", b"content")
    with pytest.raises(ValueError, match="version"):
        read_cache(tmp_path / "cache", "things 2")
    (tmp_path / "link").symlink_to(tmp_path / "cache")
    with pytest.raises(OSError, match="symbolic links"):
        read_cache(tmp_path / "link", "things 1")


def test_a_folder_that_cannot_be_written_to_keeps_nothing_and_is_no_error(tmp_path):
    write_cache(tmp_path / "nowhere" / "cache", "things 1", b"content")
    (tmp_path / "cache").mkdir()
    write_cache(tmp_path / "cache", "things 1", b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads its memory from /proc")
def test_reading_takes_no_more_memory_than_the_file_has(tmp_path):
    write_cache(tmp_path / "cache", "things 1", b"content")
    code = (
        "import resource, sys; from pathlib import Path; from mihash_bench.store.cache_file import read_cache\n"
        "held = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (held + 2**28, held + 2**28))\n"
        "sys.stdout.write(read_cache(Path(sys.argv[1]), 'things 1').decode())"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "cache"], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.returncode) == ("content", 0), done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads its memory from /proc")
def test_a_large_file_is_checked_before_its_size_is_allocated(tmp_path):
    write_cache(tmp_path / "cache", "things 1", b"content")
    os.truncate(tmp_path / "cache", LARGE_BYTES + 2**20)
    code = (
        "import resource, sys; from pathlib import Path; from mihash_bench.store.cache_file import read_cache\n"
        "held = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (held + 2**27, held + 2**27))\n"
        "try: read_cache(Path(sys.argv[1]), 'things 1')\n"
        "except ValueError as error: sys.stdout.write(str(error))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "cache"], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.returncode) == ("damaged", 0), done.stderr


def test_a_large_file_that_is_whole_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("mihash_bench.store.cache_file.LARGE_BYTES", 3)
    write_cache(tmp_path / "cache", "things 1", b"content")
    assert read_cache(tmp_path / "cache", "things 1") == b"content"

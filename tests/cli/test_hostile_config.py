"""TOML files and numbers that are meant to break the program are refused in one line."""

import os

import pytest

from .calling import call

DIGITS = "9" * 5000


def refused(*arguments):
    done = call(*arguments)
    assert done.exit_code == 2, (done.output[:500], done.exception)
    assert len(done.output.splitlines()) == 1
    return done.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bits = " + "[" * 10_000 + "]" * 10_000, "nested too deeply"),
        (".".join("a" * 5_000) + " = 1", "a value with too many parts"),
        ("[" + ".".join("a" * 5_000) + "]\nx = 1", "a value with too many parts"),
        (f"bits = {DIGITS}", "Exceeds the limit (4300 digits)"),
        ("bits = 0x" + "f" * 6000, "bits: a number with too many digits is not allowed"),
        ("seed = 0x" + "f" * 6000, "seed: a number with too many digits is not allowed"),
        ("sweep = []", "sweep is not a table"),
        (b'title = "\xff"', "not UTF-8: invalid start byte at byte 9"),
    ],
)
def test_hostile_toml_is_refused(text, said, tmp_path):
    path = tmp_path / "sweep.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert said in refused("run", "--dry-run", "--config", path)


def test_a_byte_order_mark_is_ignored(tmp_path, cache_dir):
    path = tmp_path / "sweep.toml"
    path.write_bytes(b'\xef\xbb\xbfmethod = "lsh"\n')
    assert call("run", "--dry-run", "--config", path, "--cache-dir", cache_dir).exit_code == 0


def test_only_regular_files_of_a_reasonable_size_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**30)
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "large", "/dev/zero"):
        assert f"--config: cannot read {path} (allowed: a regular file" in refused("run", "--dry-run", "--config", path)


@pytest.mark.parametrize("option", ["--config", "--data-dir", "--cache-dir", "-o"])
def test_a_name_with_nul_is_refused(option):
    assert "it contains NUL" in refused("run", option, "a\0b")


@pytest.mark.parametrize("value", [DIGITS, "1e999", "nan", "-1"])
@pytest.mark.parametrize("option", ["--bits", "--examples", "--threshold", "--max-memory", "--jobs", "--timeout"])
def test_numbers_out_of_range_are_refused(option, value):
    assert option in refused("run", "--method", "lsh", "--dry-run", option, value)

import errno

import h5py
import numpy as np
import pytest

from mihash_bench.errors import InputError, UnreadableError
from mihash_bench.store import _open, run_file
from mihash_bench.store.run_file import SCHEMA, RunRecord, read_run, write_run
from mihash_bench.store.seal import USER_BLOCK

from .records import ABOUT
from .sealed import sealed_copy

RECORD = RunRecord(
    {**ABOUT, "bits": 32, "ratio": 0.1, "git_dirty": False},
    {"examples": np.array([0, 100]), "mAP@10[ties=expected]": np.array([0.1, 1 / 3])},
    {"updated": np.array([True, False])},
    {"W": np.arange(6.0).reshape(3, 2)},
)


@pytest.fixture
def path(tmp_path):
    write_run(tmp_path / "deep" / "run.h5", RECORD)
    return tmp_path / "deep" / "run.h5"


def test_a_written_record_is_read_back(path):
    record = read_run(path)
    assert {name: record.attributes[name] for name in RECORD.attributes} == RECORD.attributes
    for group in ("curve", "trigger", "final"):
        stored, given = getattr(record, group), getattr(RECORD, group)
        assert list(stored) == list(given)
        for name, column in given.items():
            assert stored[name].dtype == column.dtype
            assert np.array_equal(stored[name], column)


def test_the_file_opens_in_h5py_and_nothing_else_is_left_in_its_folder(path):
    with h5py.File(path) as file:
        assert file.attrs["schema"] == SCHEMA
        assert file["curve/examples"][:].tolist() == [0, 100]
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("place", [3, *range(0, USER_BLOCK, 31), USER_BLOCK, -1])
def test_a_flipped_byte_is_found_and_the_file_named(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="run.h5"):
        read_run(path)


def test_a_truncated_file_and_a_foreign_one_are_refused(path, tmp_path):
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="damaged"):
        read_run(path)
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(InputError, match="not a run file"):
        read_run(tmp_path / "foreign.h5")


def test_a_newer_schema_is_refused_by_its_number_whatever_else_it_has(path):
    def newer(file):
        file.attrs["schema"] = SCHEMA + 1
        file.create_group("something new")

    with pytest.raises(InputError, match=f"schema {SCHEMA + 1} is unknown"):
        read_run(sealed_copy(path, newer))


def test_a_write_that_fails_leaves_the_older_file_and_no_other(path):
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write_run(path, RunRecord(ABOUT, {"examples": np.array([object()])}))
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_files_left_by_a_dead_writer_are_removed(path):
    left = path.with_name(f".{path.name}.123.tmp")
    other = path.with_name(".other.h5.123.tmp")
    left.touch()
    other.touch()
    run_file.remove_unfinished(path)
    assert sorted(path.parent.iterdir()) == sorted([path, other])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("filled", [False, True])
def test_a_file_of_which_only_a_part_has_arrived_is_never_believed(path, share, filled):
    # A network file system may show the length of a file before its content.
    whole = path.read_bytes()
    part = whole[: int(share * len(whole))]
    path.write_bytes(part.ljust(len(whole), b"\0") if filled else part)
    with pytest.raises(InputError, match=r"run\.h5: (damaged|not a run file)"):
        read_run(path)


@pytest.mark.parametrize(("times", "is_read"), [(2, True), (3, False)])
def test_a_file_that_was_replaced_on_another_machine_is_opened_again(path, monkeypatch, times, is_read):
    opened, left = _open.open_regular, [times]

    def stale(file):
        if left[0]:
            left[0] -= 1
            raise OSError(errno.ESTALE, "Stale file handle")
        return opened(file)

    monkeypatch.setattr(_open, "open_regular", stale)
    if is_read:
        assert read_run(path).attributes["key"] == ABOUT["key"]
    else:
        with pytest.raises(UnreadableError, match="Stale file handle"):
            read_run(path)

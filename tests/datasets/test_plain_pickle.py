"""Pickles of plain values: read as Python 2 and Python 3 write them, and never obeyed."""

import pickle
import struct
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from mihash_bench.datasets._plain_pickle import read_plain_pickle
from mihash_bench.errors import InputError

CONTENT = {"data": np.arange(12, dtype=np.uint8).reshape(3, 4), "labels": [1, 2, 3], "batch_label": "one"}


class Python2Pickler(pickle._Pickler):
    """Writes texts and bytes as the strings of Python 2, and the old name of NumPy's module, as the authors did."""

    dispatch: ClassVar[dict[Any, Any]] = dict(pickle._Pickler.dispatch)

    def save_string(self, value: Any) -> None:
        content = value.encode() if isinstance(value, str) else value
        self.write(pickle.BINSTRING + struct.pack("<i", len(content)) + content)
        self.memoize(value)

    dispatch[str] = dispatch[bytes] = save_string


def python2(content: Any, path: Path) -> Path:
    with path.open("wb") as file:
        Python2Pickler(file, 2).dump(content)
    path.write_bytes(path.read_bytes().replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))
    return path


def python3(content: Any, path: Path, protocol: int = 2) -> Path:
    path.write_bytes(pickle.dumps(content, protocol))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_plain_pickle(path)
    said = str(caught.value)
    assert said.startswith(str(path))
    assert "\n" not in said
    return said


@pytest.mark.parametrize("write", [python2, python3, lambda content, path: python3(content, path, 4)])
def test_arrays_of_bytes_and_plain_values_are_read(write: Any, tmp_path: Path) -> None:
    found = read_plain_pickle(write(CONTENT, tmp_path / "batch"))
    np.testing.assert_array_equal(found["data"], CONTENT["data"])
    assert found["data"].dtype == np.uint8
    assert found["labels"] == [1, 2, 3]


def test_an_array_in_fortran_order_keeps_its_values(tmp_path: Path) -> None:
    content = {"data": np.asfortranarray(CONTENT["data"])}
    np.testing.assert_array_equal(read_plain_pickle(python3(content, tmp_path / "batch"))["data"], CONTENT["data"])


class Calls:
    """Asks for a function to be called when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_a_function_that_a_pickle_asks_for_is_never_called(tmp_path: Path) -> None:
    said = refusal(python3({"data": Calls(tmp_path / "called")}, tmp_path / "batch"))
    assert "it asks for" in said
    assert not (tmp_path / "called").exists()


def test_a_pickle_of_the_system_function_is_refused(tmp_path: Path) -> None:
    (tmp_path / "batch").write_bytes(b"cposix\nsystem\n(S'true'\ntR.")
    assert "it asks for posix.system, which is never called" in refusal(tmp_path / "batch")


@pytest.mark.parametrize("array", [np.zeros(3), np.array([None, 1], object), np.zeros((2, 2), np.int16)])
def test_arrays_of_other_types_are_refused(array: Any, tmp_path: Path) -> None:
    assert "an array that is not one of bytes" in refusal(python3({"data": array}, tmp_path / "batch"))


def test_an_array_that_declares_another_shape_than_it_has_is_refused(tmp_path: Path) -> None:
    path = python3({"data": np.zeros((3, 4), np.uint8)}, tmp_path / "batch")
    declared = pickle.BININT1 + b"\x03" + pickle.BININT1 + b"\x04"
    assert path.read_bytes().count(declared) == 1
    path.write_bytes(path.read_bytes().replace(declared, pickle.BININT1 + b"\xff" + pickle.BININT1 + b"\xff"))
    assert "an array that is not one of bytes" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps(CONTENT, 2)[:-20]])
def test_damaged_files_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "batch").write_bytes(content)
    assert "not a readable pickle" in refusal(tmp_path / "batch")


def test_a_pickle_of_something_else_is_refused(tmp_path: Path) -> None:
    assert "a pickle of list (allowed: a dictionary)" in refusal(python3([1], tmp_path / "batch"))

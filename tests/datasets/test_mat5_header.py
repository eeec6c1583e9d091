import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from mihash_bench.datasets._mat5_header import MAX_ELEMENTS
from mihash_bench.datasets._matlab import read_mat
from mihash_bench.errors import InputError


@pytest.mark.parametrize("compressed", [True, False])
def test_a_file_that_declares_more_than_it_holds_is_refused_before_memory_is_allocated(
    tmp_path: Path, compressed: bool
) -> None:
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, {"M": np.zeros((3, 2))}, do_compression=compressed)
    plain = path.read_bytes()
    at = 128
    for absurd in (0x7FFFFFF0, 0xFFFFFFF0):
        path.write_bytes(plain[: at + 4] + struct.pack("<I", absurd) + plain[at + 8 :])
        with pytest.raises(InputError, match=r"declares .* bytes"):
            read_mat(path, ("M",))
    inside = zlib.decompress(plain[at + 8 :]) if compressed else plain[at:]
    # Tag and array flags take 24 bytes. The dimensions follow, two numbers after their tag.
    changed = inside[:32] + struct.pack("<II", 1 << 30, 1 << 30) + inside[40:]
    element = zlib.compress(changed) if compressed else changed[8:]
    path.write_bytes(plain[:at] + struct.pack("<II", 15 if compressed else 14, len(element)) + element)
    with pytest.raises(InputError, match="declares 1,152,921,504,606,846,976 numbers"):
        read_mat(path, ("M",))


@pytest.mark.parametrize("declared", [7, 400, 0xFFFFFFFF])
def test_dimensions_that_are_longer_than_the_file_are_refused(tmp_path: Path, declared: int) -> None:
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, {"M": np.zeros((3, 2))}, do_compression=False)
    plain = path.read_bytes()
    # The tag of the dimensions follows header, tag and array flags; its second number is their size in bytes.
    path.write_bytes(plain[:156] + struct.pack("<I", declared) + plain[160:])
    with pytest.raises(InputError, match="not a readable MATLAB file"):
        read_mat(path, ("M",))


@pytest.mark.parametrize("data_type", [0, 8, 10, 14, 519])
def test_an_unknown_data_type_is_refused_before_scipy_reads_it(tmp_path: Path, data_type: int) -> None:
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, {"Matrix": np.ones((6, 5))}, do_compression=False)
    plain = path.read_bytes()
    # The name takes 8 bytes; the tag of the numbers follows, which starts with their type.
    at = plain.index(b"Matrix") + 8
    path.write_bytes(plain[:at] + struct.pack("<I", data_type) + plain[at + 4 :])
    with pytest.raises(InputError, match=f"Matrix is of data type {data_type}"):
        read_mat(path, ("Matrix",))


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("kind", [0, 9, 77])
def test_an_element_that_is_no_variable_ends_the_walk(tmp_path: Path, kind: int, compressed: bool) -> None:
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, {"M": np.zeros((3, 2))}, do_compression=False)
    element = struct.pack("<II", kind, 0)
    if compressed:
        packed = zlib.compress(element)
        element = struct.pack("<II", 15, len(packed)) + packed
    with path.open("ab") as file:
        file.write(element)
        # Each 8 bytes of the rest would be one more element without content.
        file.truncate(1 << 20)
    with pytest.raises(InputError, match=f"an element of type {kind} is no variable"):
        read_mat(path, ("M",))


def test_a_file_with_too_many_variables_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, {"M": np.zeros((3, 2))}, do_compression=False)
    variable = path.read_bytes()[128:]
    with path.open("ab") as file:
        file.write(variable * (MAX_ELEMENTS - 1))
    assert read_mat(path, ("M",))["M"].shape == (3, 2)
    with path.open("ab") as file:
        file.write(variable)
    with pytest.raises(InputError, match=r"more variables than can be looked through \(allowed: at most 10,000\)"):
        read_mat(path, ("M",))


@pytest.mark.parametrize("rows", [1, 1 << 14])
def test_a_file_that_is_of_version_4_as_well_is_refused(tmp_path: Path, rows: int) -> None:
    # SciPy would take the header for a variable M of version 4 and allocate whatever it declares.
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, {"M": np.zeros((3, 2))}, do_compression=False)
    plain = path.read_bytes()
    path.write_bytes((struct.pack("<5i", 0, rows, rows, 0, 2) + b"M\0").ljust(124) + plain[124:])
    with pytest.raises(InputError, match="it has no header of a MATLAB v5 or v7 file"):
        read_mat(path, ("M",))

import struct
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse

from mihash_bench.datasets._matlab import read_mat, row_chunks, with_labels
from mihash_bench.errors import InputError

A = np.random.default_rng(0).random((60, 4))


def saved(folder: Path, compressed: bool = True, **content: Any) -> Path:
    path = folder / "x.mat"
    scipy.io.savemat(path, content, do_compression=compressed)
    return path


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8, np.int32, np.bool_])
def test_real_matrices_of_v5_and_v7_files_are_read(tmp_path: Path, dtype: type, compressed: bool) -> None:
    values = (A * 9).astype(dtype)
    content = read_mat(saved(tmp_path, compressed, a=values, other="text"), ("a",))
    assert set(content) == {"a"}
    np.testing.assert_array_equal(content["a"], values)


@pytest.mark.parametrize("name", ["x", "x.h5", "x.MAT"])
def test_the_extension_does_not_matter(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path, a=A).rename(tmp_path / name)
    np.testing.assert_array_equal(read_mat(path, ("a",))["a"], A)


def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"x\.mat: .*gist"):
        read_mat(saved(tmp_path, a=A), ("a", "gist"))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (np.array([["x", 1]], dtype=object), "cell array"),
        ({"field": 1}, "structure"),
        ("text", "text"),
        (A * 1j, "complex"),
        (scipy.sparse.csc_matrix(A), "sparse"),
        (np.ones((2, 2, 2)), r"\(2, 2, 2\)"),
    ],
)
def test_a_variable_of_another_kind_is_refused(tmp_path: Path, value: Any, kind: str) -> None:
    with pytest.raises(InputError, match=rf"x\.mat: a is .*{kind}.*allowed: a matrix of real numbers"):
        read_mat(saved(tmp_path, a=value), ("a",))


def stored(folder: Path, user_block: int = 512, **content: Any) -> Path:
    """A v7.3 file: HDF5 behind a user block, matrices transposed."""
    path = folder / "x.mat"
    with h5py.File(path, "w", userblock_size=user_block) as file:
        for name, value in content.items():
            file.create_dataset(name, data=value.T, chunks=(1, min(7, len(value))), compression="gzip")
            file[name].attrs["MATLAB_class"] = np.bytes_("double")
    return path


@pytest.mark.parametrize("user_block", [0, 512])
def test_a_v73_file_is_told_by_its_signature_and_read_by_rows(tmp_path: Path, user_block: int) -> None:
    matrix = read_mat(stored(tmp_path, user_block, a=A), ("a",))["a"]
    assert matrix.shape == A.shape
    np.testing.assert_array_equal(matrix[10:25], A[10:25])
    np.testing.assert_array_equal(np.concatenate(list(row_chunks(matrix))), A)


def test_a_large_v73_variable_is_read_some_rows_at_a_time(tmp_path: Path) -> None:
    rows = np.arange(60_000.0).reshape(20_000, 3)
    chunks = list(row_chunks(read_mat(stored(tmp_path, a=rows), ("a",))["a"]))
    assert max(len(chunk) for chunk in chunks) < 10_000
    np.testing.assert_array_equal(np.concatenate(chunks), rows)


@pytest.mark.parametrize("labels", [np.arange(60)[:, None] % 3, np.arange(120).reshape(60, 2) % 2])
@pytest.mark.parametrize("transposed", [True, False])
def test_labels_say_which_way_round_a_v73_matrix_is(tmp_path: Path, labels: Any, transposed: bool) -> None:
    path = stored(tmp_path, a=A if transposed else A.T, y=labels if transposed else labels.T)
    features, found = with_labels(path, "a", "y", read_mat(path, ("a", "y")))
    np.testing.assert_array_equal(features[:], A)
    np.testing.assert_array_equal(found, labels.ravel() if labels.shape[1] == 1 else labels)


def test_a_v73_variable_that_is_no_matrix_or_a_link_elsewhere_is_refused(tmp_path: Path) -> None:
    path = stored(tmp_path, a=A)
    with h5py.File(path, "a") as file:
        file["text"] = "words"
        file.create_group("structure")
        file["outside"] = h5py.ExternalLink("other.h5", "/a")
        file["cells"] = np.array([[file["a"].ref]], dtype=h5py.ref_dtype)
    for name in ("text", "structure", "outside", "cells", "missing"):
        with pytest.raises(InputError, match=rf"x\.mat: .*{name}"):
            read_mat(path, (name,))


def test_a_v73_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = stored(tmp_path, a=A)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"x\.mat"):
        read_mat(path, ("a",))


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html><html>" + b"quota exceeded" * 50, bytes(300)])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mat"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.mat"):
        read_mat(path, ("a",))


@pytest.mark.parametrize("compressed", [False, True])
def test_a_file_that_is_cut_short_is_refused_wherever_the_cut_is(tmp_path: Path, compressed: bool) -> None:
    path = saved(tmp_path, compressed, a=A)
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"x\.mat"):
            read_mat(path, ("a",))


@pytest.mark.filterwarnings("ignore")
def test_a_damaged_file_raises_nothing_but_input_errors(tmp_path: Path) -> None:
    path = saved(tmp_path, a=A)
    whole = path.read_bytes()
    for position in range(0, len(whole), 31):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        try:
            read_mat(path, ("a",))
        except InputError as error:
            assert "x.mat" in str(error)  # noqa: PT017 - bytes that do not matter, such as the title, may be damaged


def test_row_chunks_give_the_rows_of_all_arrays_in_order() -> None:
    parts = [np.arange(20_000).reshape(10_000, 2), np.arange(6).reshape(3, 2)]
    chunks = list(row_chunks(*parts))
    assert len(chunks) > 2
    np.testing.assert_array_equal(np.concatenate(chunks), np.concatenate(parts))


@pytest.mark.parametrize("compressed", [True, False])
def test_a_v5_file_that_declares_more_than_it_holds_is_refused_before_anything_is_reserved(
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
    # Flags take 8 + 8 + 8 bytes, then the dimensions: 2 numbers behind their tag.
    changed = inside[:32] + struct.pack("<II", 1 << 30, 1 << 30) + inside[40:]
    element = zlib.compress(changed) if compressed else changed[8:]
    path.write_bytes(plain[:at] + struct.pack("<II", 15 if compressed else 14, len(element)) + element)
    with pytest.raises(InputError, match="declares 1,152,921,504,606,846,976 numbers"):
        read_mat(path, ("M",))


def test_a_v73_matrix_that_declares_more_than_it_holds_or_lies_elsewhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mat"
    with h5py.File(path, "w") as file:
        file.create_dataset("unwritten", shape=(512, 1 << 40), dtype="f4", chunks=(512, 1024))
        file.create_dataset("empty", shape=(512, 1 << 30), dtype="f4")
        file.create_dataset("raw", shape=(4, 4), dtype="f8", external=[(str(tmp_path / "raw.bin"), 0, 128)])
        layout = h5py.VirtualLayout((4, 4), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (4, 4))
        file.create_virtual_dataset("virtual", layout)
    for name, said in (
        ("unwritten", "not all of it is in the file"),
        ("empty", "not all of it is in the file"),
        ("raw", "stored in other files"),
        ("virtual", "stored in other files"),
    ):
        with pytest.raises(InputError, match=said):
            read_mat(path, (name,))


@pytest.mark.parametrize("declared", [7, 400, 0xFFFFFFFF])
def test_a_list_of_dimensions_longer_than_the_file_is_no_traceback(tmp_path: Path, declared: int) -> None:
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, {"M": np.zeros((3, 2))}, do_compression=False)
    plain = path.read_bytes()
    # The tag of the dimensions stands behind header, tag and array flags: its second number says how many bytes.
    path.write_bytes(plain[:156] + struct.pack("<I", declared) + plain[160:])
    with pytest.raises(InputError, match="not a readable MATLAB file"):
        read_mat(path, ("M",))


@pytest.mark.parametrize("data_type", [0, 8, 10, 14, 519])
def test_a_data_type_that_does_not_exist_is_refused_before_scipy_sees_it(tmp_path: Path, data_type: int) -> None:
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, {"Matrix": np.ones((6, 5))}, do_compression=False)
    plain = path.read_bytes()
    # Header, tag, flags, dimensions, then the name in a tag and one more word.
    at = plain.index(b"Matrix") + 8
    path.write_bytes(plain[:at] + struct.pack("<I", data_type) + plain[at + 4 :])
    with pytest.raises(InputError, match=f"Matrix is of data type {data_type}"):
        read_mat(path, ("Matrix",))

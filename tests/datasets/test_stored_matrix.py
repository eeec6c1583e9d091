from pathlib import Path

import h5py
import numpy as np
import pytest

from mihash_bench.datasets._matlab import read_mat, row_chunks
from mihash_bench.errors import InputError
from tests.datasets.mat_files import A, stored


@pytest.mark.parametrize("user_block", [0, 512])
def test_a_v73_file_is_recognised_by_its_signature_and_read_by_rows(tmp_path: Path, user_block: int) -> None:
    matrix = read_mat(stored(tmp_path, user_block, a=A), ("a",))["a"]
    assert matrix.shape == A.shape
    np.testing.assert_array_equal(matrix[10:25], A[10:25])
    np.testing.assert_array_equal(np.concatenate(list(row_chunks(matrix))), A)


def test_a_large_variable_is_read_in_chunks(tmp_path: Path) -> None:
    rows = np.arange(60_000.0).reshape(20_000, 3)
    chunks = list(row_chunks(read_mat(stored(tmp_path, a=rows), ("a",))["a"]))
    assert max(len(chunk) for chunk in chunks) < 10_000
    np.testing.assert_array_equal(np.concatenate(chunks), rows)


def test_a_variable_that_is_not_a_matrix_or_a_link_to_another_file_is_refused(tmp_path: Path) -> None:
    path = stored(tmp_path, a=A)
    with h5py.File(path, "a") as file:
        file["text"] = "words"
        file.create_group("structure")
        file["outside"] = h5py.ExternalLink("other.h5", "/a")
        file["cells"] = np.array([[file["a"].ref]], dtype=h5py.ref_dtype)
    for name in ("text", "structure", "outside", "cells", "missing"):
        with pytest.raises(InputError, match=rf"x\.mat: .*{name}"):
            read_mat(path, (name,))


def test_a_truncated_v73_file_is_refused(tmp_path: Path) -> None:
    path = stored(tmp_path, a=A)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"x\.mat"):
        read_mat(path, ("a",))


def test_a_matrix_that_is_not_completely_stored_in_the_file_is_refused(tmp_path: Path) -> None:
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

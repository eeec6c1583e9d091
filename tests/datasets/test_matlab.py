from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from mihash_bench.datasets._matlab import read_mat, row_chunks, with_labels
from mihash_bench.errors import InputError
from tests.datasets.mat_files import A, saved, stored


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8, np.int32, np.bool_])
def test_real_matrices_of_v5_and_v7_files_are_read(tmp_path: Path, dtype: type, compressed: bool) -> None:
    values = (A * 9).astype(dtype)
    content = read_mat(saved(tmp_path, compressed, a=values, other="text"), ("a",))
    assert set(content) == {"a"}
    np.testing.assert_array_equal(content["a"], values)


@pytest.mark.parametrize("name", ["x", "x.h5", "x.MAT"])
def test_the_version_is_recognised_whatever_the_extension(tmp_path: Path, name: str) -> None:
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
def test_a_variable_that_is_not_a_real_matrix_is_refused(tmp_path: Path, value: Any, kind: str) -> None:
    with pytest.raises(InputError, match=rf"x\.mat: a is .*{kind}.*allowed: a matrix of real numbers"):
        read_mat(saved(tmp_path, a=value), ("a",))


@pytest.mark.parametrize("labels", [np.arange(60)[:, None] % 3, np.arange(120).reshape(60, 2) % 2])
@pytest.mark.parametrize("transposed", [True, False])
def test_labels_determine_whether_a_v73_matrix_is_transposed(tmp_path: Path, labels: Any, transposed: bool) -> None:
    path = stored(tmp_path, a=A if transposed else A.T, y=labels if transposed else labels.T)
    features, found = with_labels(path, "a", "y", read_mat(path, ("a", "y")))
    np.testing.assert_array_equal(features[:], A)
    np.testing.assert_array_equal(found, labels.ravel() if labels.shape[1] == 1 else labels)


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html><html>" + b"quota exceeded" * 50, bytes(300)])
def test_a_file_of_another_format_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mat"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.mat"):
        read_mat(path, ("a",))


@pytest.mark.parametrize("compressed", [False, True])
def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path: Path, compressed: bool) -> None:
    path = saved(tmp_path, compressed, a=A)
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"x\.mat"):
            read_mat(path, ("a",))


@pytest.mark.filterwarnings("ignore")
def test_a_damaged_file_raises_only_input_errors(tmp_path: Path) -> None:
    path = saved(tmp_path, a=A)
    whole = path.read_bytes()
    for position in range(0, len(whole), 31):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        try:
            read_mat(path, ("a",))
        except InputError as error:
            assert "x.mat" in str(error)  # noqa: PT017 - damage to bytes without a meaning, such as those of the title, raises no error


def test_row_chunks_yields_the_rows_of_all_arrays_in_order() -> None:
    parts = [np.arange(20_000).reshape(10_000, 2), np.arange(6).reshape(3, 2)]
    chunks = list(row_chunks(*parts))
    assert len(chunks) > 2
    np.testing.assert_array_equal(np.concatenate(chunks), np.concatenate(parts))

from pathlib import Path

import numpy as np
import pytest

from mihash_bench.datasets._prepare import checked_labels
from mihash_bench.datasets.base import RawData
from mihash_bench.errors import InputError
from tests.datasets.conftest import Given, given


def plain(X: np.ndarray) -> np.ndarray:
    centred = X.astype(np.float64) - X.astype(np.float64).mean(axis=0)
    return centred / np.linalg.norm(centred, axis=1, keepdims=True)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.uint8])
def test_rows_are_centred_on_the_mean_of_all_and_scaled_to_unit_norm(tmp_path: Path, dtype: type) -> None:
    X = (np.random.default_rng(0).random((7, 5)) * 100).astype(dtype)
    features = given(X).load(tmp_path, tmp_path).features
    assert isinstance(features, np.memmap)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, plain(X), atol=1e-7)
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1, atol=1e-6)


def test_a_row_at_the_mean_stays_zero(tmp_path: Path) -> None:
    X = np.array([[3, 1], [1, 1], [-1, 1], [1, 5], [1, -3]], np.float32)
    features = given(X).load(tmp_path, tmp_path).features
    np.testing.assert_array_equal(features, [[1, 0], [0, 0], [-1, 0], [0, 1], [0, -1]])


def test_identical_rows_become_zero_rows(tmp_path: Path) -> None:
    X = np.full((5, 3), 0.1, np.float32)
    assert not given(X).load(tmp_path, tmp_path).features.any()


def test_the_mean_of_single_precision_rows_is_accumulated_in_double(tmp_path: Path) -> None:
    X = np.full((70_000, 2), 1000.1, np.float32)
    X[::2] += np.float32(0.01)
    np.testing.assert_allclose(given(X).load(tmp_path, tmp_path).features, plain(X), atol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e200])
def test_a_feature_that_is_not_finite_in_single_precision_is_refused_with_its_row(tmp_path: Path, bad: float) -> None:
    X = np.ones((6, 4))
    X[4, 2] = bad
    with pytest.raises(InputError, match=r"given: .*row 4 .*allowed: finite numbers"):
        given(X).load(tmp_path, tmp_path)
    assert not list(tmp_path.glob("*given*"))


@pytest.mark.parametrize("shape", [(1, 4), (0, 4), (5, 0)])
def test_too_few_rows_or_features_are_refused(tmp_path: Path, shape: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="at least 2 rows of 1 feature"):
        given(np.ones(shape)).load(tmp_path, tmp_path)


@pytest.mark.parametrize(("n", "d"), [(6, 5), (5, 4), (7, 4)])
def test_chunks_that_do_not_add_up_to_the_announced_shape_are_refused(tmp_path: Path, n: int, d: int) -> None:
    class Liar(Given):
        def read(self, data_dir: Path) -> RawData:
            return RawData(n, d, lambda: iter([np.ones((6, 4))]), None)

    with pytest.raises(InputError, match=rf"given: .*announced.* {n} rows of {d}"):
        Liar().load(tmp_path, tmp_path)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float64, np.float32, np.uint64])
def test_one_label_per_row_becomes_int64(dtype: type) -> None:
    labels = checked_labels(np.array([[3], [0], [7]], dtype), 3, "here")
    assert labels is not None
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(labels, [3, 0, 7])


def test_a_matrix_of_0_and_1_stays_a_matrix() -> None:
    labels = checked_labels(np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]]), 3, "here")
    assert labels is not None
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, [[1, 0], [0, 0], [1, 1]])


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ([1, 2], "2 labels for 3 rows"),
        ([1, 2.5, 3], "whole numbers"),
        ([1, np.nan, 3], "whole numbers"),
        ([1, np.inf, 3], "whole numbers"),
        ([1, 1e300, 3], "whole numbers"),
        ([1, -1, 3], "negative"),
        ([[0, 1], [1, 2], [0, 0]], "0 and 1"),
    ],
)
def test_invalid_labels_are_refused(labels: list[object], says: str) -> None:
    with pytest.raises(InputError, match=f"here: .*{says}"):
        checked_labels(np.array(labels), 3, "here")

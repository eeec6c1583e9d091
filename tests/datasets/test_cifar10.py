from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mihash_bench.datasets.base import QueryProtocol
from mihash_bench.datasets.cifar10 import Cifar10
from mihash_bench.errors import InputError
from mihash_bench.experiment.split import draw_split
from tests.datasets.conftest import cifar10_content

pytestmark = pytest.mark.usefixtures("small_files")


def test_training_rows_come_first_then_test_rows(cifar10_folder: Callable[..., Path]) -> None:
    folder = cifar10_folder()
    dataset = Cifar10().load(folder, folder / "cache")
    content = cifar10_content()
    X = np.concatenate([content["trainCNN"], content["testCNN"]]).astype(np.float64)
    X -= X.mean(axis=0)
    np.testing.assert_allclose(dataset.features, X / np.linalg.norm(X, axis=1, keepdims=True), atol=1e-6)
    np.testing.assert_array_equal(dataset.labels, [0, 1, 0, 1, 2, 3, 2, 3])


def test_queries_and_stream_length_are_those_of_the_paper() -> None:
    source = Cifar10()
    assert (source.queries, source.examples) == (QueryProtocol(per_class=100), 20_000)


@pytest.mark.parametrize("variable", ["trainCNN", "testCNN", "trainLabels", "testLabels"])
def test_a_missing_variable_is_named(cifar10_folder: Callable[..., Path], variable: str) -> None:
    folder = cifar10_folder(**{variable: None})
    with pytest.raises(InputError, match=rf"CIFAR10_VGG16_fc7\.mat: .*{variable}"):
        Cifar10().load(folder, folder / "cache")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"testCNN": np.ones((4, 6), np.float32)}, "trainCNN has 5 columns, testCNN has 6"),
        ({"trainLabels": np.ones((3, 1))}, "trainLabels has 3 entries, trainCNN has 4 rows"),
        ({"testLabels": np.ones((4, 2))}, "trainLabels has 1 columns, testLabels has 2"),
        ({"testLabels": np.array([[1], [2], [2.5], [1]])}, "testLabels.*whole numbers"),
        ({"trainLabels": np.array([[1], [2], [np.nan], [1]])}, "trainLabels.*whole numbers"),
        ({"trainCNN": np.where(np.arange(20).reshape(4, 5) == 7, np.nan, 1)}, "row 1 of trainCNN"),
        ({"testCNN": np.where(np.arange(20).reshape(4, 5) == 12, np.inf, 1)}, "row 2 of testCNN"),
    ],
)
def test_invalid_variables_are_refused_by_name(
    cifar10_folder: Callable[..., Path], changes: dict[str, Any], says: str
) -> None:
    folder = cifar10_folder(**changes)
    with pytest.raises(InputError, match=rf"CIFAR10_VGG16_fc7\.mat: .*{says}"):
        Cifar10().load(folder, folder / "cache")


def test_the_real_file_splits_into_1000_queries_and_59000_rows(data_dir: Path, cache_dir: Path) -> None:
    dataset = Cifar10().load(data_dir, cache_dir)
    split = draw_split(dataset, np.random.default_rng(0))
    assert dataset.labels is not None
    np.testing.assert_array_equal(np.bincount(dataset.labels), 6_000)
    np.testing.assert_array_equal(np.bincount(dataset.labels[split.queries]), 100)
    assert len(split.database) == 59_000
    np.testing.assert_allclose(np.linalg.norm(dataset.features, axis=1), 1, atol=1e-6)

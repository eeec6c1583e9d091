from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.io

from mihash_bench.datasets.places205 import Places205
from mihash_bench.datasets.places205_synthetic import Places205Synthetic
from mihash_bench.errors import InputError
from mihash_bench.experiment.split import draw_split

pytestmark = pytest.mark.usefixtures("small_files")

NAME = "Places205_AlexNet_fc7_PCA128.mat"


def content(n: int = 120) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {"pca_feats": rng.normal(size=(n, 6)).astype(np.float32), "labels": np.arange(n)[:, None] % 4}


def test_v7_and_v73_files_prepare_the_same_features(tmp_path: Path) -> None:
    (tmp_path / "v7").mkdir()
    (tmp_path / "v73").mkdir()
    scipy.io.savemat(tmp_path / "v7" / NAME, content())
    with h5py.File(tmp_path / "v73" / NAME, "w", userblock_size=512) as file:
        for name, value in content().items():
            file[name] = value.T
    one, other = (Places205().load(tmp_path / version, tmp_path / "cache") for version in ("v7", "v73"))
    np.testing.assert_array_equal(one.features, other.features)
    np.testing.assert_array_equal(one.labels, content()["labels"].ravel())
    np.testing.assert_array_equal(one.labels, other.labels)


def test_twenty_rows_of_each_class_are_queries(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / NAME, content())
    dataset = Places205().load(tmp_path, tmp_path / "cache")
    split = draw_split(dataset, np.random.default_rng(0))
    assert dataset.labels is not None
    assert np.bincount(dataset.labels[split.queries]).tolist() == [20] * 4


def test_a_matrix_of_labels_is_accepted(tmp_path: Path) -> None:
    labels = np.random.default_rng(1).integers(0, 2, (120, 3))
    scipy.io.savemat(tmp_path / NAME, {**content(), "labels": labels})
    np.testing.assert_array_equal(Places205().load(tmp_path, tmp_path / "cache").labels, labels)


def test_labels_of_another_length_are_refused(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / NAME, {**content(), "labels": np.zeros((7, 1))})
    with pytest.raises(InputError, match="labels has 7 entries, pca_feats has 120 rows"):
        Places205().load(tmp_path, tmp_path / "cache")


def test_the_synthetic_dataset_has_the_size_and_the_protocol_of_the_original(tmp_path: Path) -> None:
    source = Places205Synthetic()
    raw = source.read(tmp_path)
    assert (raw.n, raw.d, source.queries.per_class) == (2_448_873, 128, 20)
    assert source.examples == Places205.examples == 100_000
    assert next(raw.chunks()).shape == (8192, 128)

"""Small datasets in the formats of the real ones."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from mihash_bench.datasets._matlab import row_chunks
from mihash_bench.datasets.base import DatasetSource, QueryProtocol, RawData
from mihash_bench.datasets.cifar10 import Cifar10
from mihash_bench.datasets.labelme import LabelMe
from mihash_bench.datasets.places205 import Places205


class Given(DatasetSource):
    """A dataset of arrays given by a test; ``note`` distinguishes two of them in the cache."""

    name = "given"
    title = "Given"
    examples = 10

    def __init__(self, *, note: str = "") -> None:
        self.note = note
        self.arrays: tuple[Any, ...] = ()
        self.protocol = QueryProtocol(total=1)
        self.reads = 0

    @property
    def queries(self) -> QueryProtocol:
        return self.protocol

    def read(self, data_dir: Path) -> RawData:
        self.reads += 1
        features, labels, query = self.arrays
        return RawData(*features.shape, lambda: row_chunks(features[:3], features[3:]), labels, query)


def given(features: Any, labels: Any = None, query: Any = None, queries: QueryProtocol | None = None) -> Given:
    source = Given()
    source.arrays = (np.asarray(features), labels, query)
    source.protocol = queries or QueryProtocol(total=1)
    return source


def cifar10_content(rows: int = 4, d: int = 5) -> dict[str, Any]:
    """Variables of a CIFAR-10 file with ``rows`` training rows and the same number of test rows."""
    rng = np.random.default_rng(3)
    labels = (np.arange(rows) % 2).astype(np.uint8)[:, None]
    return {
        "trainCNN": rng.random((rows, d), np.float32),
        "testCNN": rng.random((rows, d), np.float32),
        "trainLabels": labels,
        "testLabels": labels + 2,
    }


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accept files of known datasets whatever their rows and classes are, for tests of reading and caching."""
    for source in (Cifar10, LabelMe, Places205):
        monkeypatch.setattr(source, "content", None)


@pytest.fixture
def cifar10_folder(tmp_path: Path) -> Callable[..., Path]:
    """Write a CIFAR-10 file into a folder. Keywords replace variables; None omits one."""

    def make(**changes: Any) -> Path:
        content = {**cifar10_content(), **changes}
        present = {name: value for name, value in content.items() if value is not None}
        scipy.io.savemat(tmp_path / "CIFAR10_VGG16_fc7.mat", present, do_compression=True)
        return tmp_path

    return make


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the authors' feature files."""
    folder = os.environ.get("MIHASH_BENCH_DATA")
    if not folder:
        pytest.skip("needs the authors' feature files: make test-data DATA=dir")
    return Path(folder)

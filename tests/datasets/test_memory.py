"""Memory is bounded before it is allocated, whatever a file unpacks to."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import psutil
import pytest
import scipy.io

from mihash_bench.datasets._matlab import read_mat, row_chunks, with_labels
from mihash_bench.datasets._memory import CHUNK_BYTES, LABELS_BYTES, MAX_FEATURES, VARIABLES_BYTES
from mihash_bench.datasets._stored_matrix import StoredMatrix
from mihash_bench.datasets.base import Dataset
from mihash_bench.datasets.labelme import LabelMe
from mihash_bench.errors import InputError
from tests.datasets.conftest import given
from tests.datasets.hostile_files import MIB, compressed_twice, zeros_v7, zeros_v73

pytestmark = pytest.mark.usefixtures("small_files")

PLACES = "Places205_AlexNet_fc7_PCA128.mat"
CIFAR = "CIFAR10_VGG16_fc7.mat"

LOAD = """
import resource, sys
from pathlib import Path
import psutil
from mihash_bench.errors import InputError
from mihash_bench.registry import DATASETS

name, folder, limit = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
source = DATASETS.get(name)()
import h5py, scipy.io
type(source).content = None  # the files are small
held = psutil.Process().memory_info()
resource.setrlimit(resource.RLIMIT_AS, (held.vms + limit, held.vms + limit))
try:
    print(source.load(folder, folder / "cache").features.shape)
except InputError as error:
    print(error)
# Unlike the peak that getrusage returns, this one is not inherited from the parent.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print((int(peak.split()[1]) * 1024 - held.rss) // 2**20)
"""


def load(name: str, folder: Path, limit: int) -> tuple[str, int]:
    """Load a dataset in a process of its own that may allocate ``limit`` MiB.

    Return the shape of its features or the error, and the peak growth in MiB.
    """
    if sys.platform != "linux":
        pytest.skip("memory is limited and measured as Linux does it")
    done = subprocess.run(
        [sys.executable, "-c", LOAD, name, str(folder), str(limit * MIB)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said, growth = done.stdout.splitlines()
    return said, int(growth)


def test_a_small_v7_file_that_unpacks_to_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    shape, labels = (1 << 19, 5000), (1 << 20, 1)
    zeros_v7(tmp_path / CIFAR, trainCNN=shape, testCNN=shape, trainLabels=labels, testLabels=labels)
    assert (tmp_path / CIFAR).stat().st_size < 6 * MIB
    said, growth = load("cifar10", tmp_path, 1024)
    assert re.fullmatch(
        r"--data-dir: .*CIFAR10_VGG16_fc7\.mat: trainCNN, testCNN, .* would take 4\.9 GiB of memory \(allowed: at most "
        r".* GiB; v7\.3 files can be larger because they are read in chunks\)",
        said,
    )
    assert growth < 64


def test_a_v7_file_is_read_if_its_variables_fit(tmp_path: Path) -> None:
    matrix = read_mat(zeros_v7(tmp_path / "x.mat", a=(1 << 12, 1 << 12)), ("a",))["a"]
    assert isinstance(matrix, np.ndarray)
    assert (matrix.shape, matrix.any()) == ((1 << 12, 1 << 12), False)


def test_variables_must_fit_into_the_memory_that_is_available(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Little:
        available = 3 * MIB

    path = zeros_v7(tmp_path / "x.mat", a=(MIB, 2), b=(MIB, 4))
    monkeypatch.setattr(psutil, "virtual_memory", Little)
    read_mat(path, ("a",))
    with pytest.raises(InputError, match=r"^--data-dir: .*x\.mat: b would take"):
        read_mat(path, ("b",))


def test_the_authors_files_are_within_the_bounds() -> None:
    assert VARIABLES_BYTES > 60_000 * 4096 * 8
    assert VARIABLES_BYTES > 2_500_000 * 128 * 8
    assert CHUNK_BYTES >= 8192 * 4096 * 8  # so that sums are added up as they always were
    assert max(2_500_000 * 8, 2_500_000 * 205) < LABELS_BYTES


def test_memory_that_does_not_suffice_is_one_line_about_the_files(tmp_path: Path) -> None:
    zeros_v7(tmp_path / "LabelMe_GIST.mat", gist=(1 << 20, 1000))
    said, _ = load("labelme", tmp_path, 512)
    assert said == f"--data-dir: the files of labelme in {tmp_path} take more memory than is available"


def test_wide_rows_are_prepared_a_few_at_a_time(tmp_path: Path) -> None:
    wide = np.broadcast_to(np.zeros(1, np.uint8), (8192, 1_000_000))
    stored = read_mat(zeros_v73(tmp_path / "x.mat", "a", (1 << 18, 8192), (1 << 16, 128)), ("a",))["a"]
    assert (tmp_path / "x.mat").stat().st_size < 16 * MIB
    for matrix in (wide, stored, stored.with_rows(1 << 18) if isinstance(stored, StoredMatrix) else stored):
        chunk = next(row_chunks(matrix))
        assert 1 <= len(chunk) <= 8192
        assert chunk.size * 8 <= CHUNK_BYTES


def test_rows_that_are_too_wide_for_a_single_one_are_refused(tmp_path: Path) -> None:
    wide = np.broadcast_to(np.zeros(1, np.uint8), (5, MAX_FEATURES + 1))
    with pytest.raises(InputError, match=r"at most 134,217,728 rows of 67,108,864 features"):
        given(wide).load(tmp_path, tmp_path)


def places(folder: Path, rows: int) -> Path:
    with h5py.File(folder / PLACES, "w", userblock_size=512) as file:
        file["pca_feats"] = np.random.default_rng(0).normal(size=(2, rows))
    return folder / PLACES


def test_labels_of_gigabytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    zeros_v73(places(tmp_path, 64), "labels", (30 << 24, 64), (1 << 24, 1))
    assert (tmp_path / PLACES).stat().st_size < 40 * MIB
    said, growth = load("places205", tmp_path, 1024)
    assert re.fullmatch(
        r"--data-dir: .*PCA128\.mat: labels would take 30\.0 GiB of memory \(allowed: at most 1\.0 GiB\)", said
    )
    assert growth < 64


def test_a_matrix_of_labels_is_checked_in_blocks(tmp_path: Path) -> None:
    zeros_v73(places(tmp_path, 1 << 14), "labels", (4096, 1 << 14), (4096, 256))
    said, growth = load("places205", tmp_path, 2048)
    assert said == f"({1 << 14}, 2)"
    # The labels take 64 MiB, and in double precision 512 MiB.
    assert growth < 400


@pytest.mark.parametrize("bad", [2, -1, 0.5, np.nan])
def test_a_label_that_is_not_allowed_is_found_in_any_block(tmp_path: Path, bad: float) -> None:
    labels = np.zeros((300, 40_000), np.float32)
    labels[299, 39_999] = bad
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, {"a": np.zeros((300, 2)), "y": labels}, do_compression=True)
    with pytest.raises(InputError, match=r"x\.mat: y: "):
        with_labels(path, "a", "y", read_mat(path, ("a", "y")))


def write_deceptive(path: Path, lie: str) -> Path:
    if lie == "one giant chunk":
        return zeros_v73(path, "gist", (1 << 15, 1 << 15), (1 << 15, 1 << 15))
    if lie == "a small chunk that unpacks to a gigabyte":
        return zeros_v73(path, "gist", (2, 1024), (1, 1024), mebibytes=1024)
    if lie == "a large chunk that unpacks to two gigabytes":
        return zeros_v73(path, "gist", (2048, 1024), (2048, 1024), mebibytes=2048)
    if lie == "a chunk that unpacks a little too far":
        return zeros_v73(path, "gist", (2048, 1024), (2048, 1024), mebibytes=2, pad=MIB)
    return compressed_twice(path, "gist", np.zeros((1024, 1024)))


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        ("one giant chunk", "is stored in chunks that take 1.0 GiB each"),
        ("a small chunk that unpacks to a gigabyte", "has a chunk that unpacks to more than its 1,024 bytes"),
        ("a large chunk that unpacks to two gigabytes", "has a chunk that unpacks to more than its 2,097,152 bytes"),
        ("a chunk that unpacks a little too far", "has a chunk that unpacks to more than its 2,097,152 bytes"),
        ("compressed twice", "is stored with the HDF5 filters 1, 1"),
    ],
)
def test_chunks_that_unpack_to_more_than_is_allowed_are_refused(tmp_path: Path, lie: str, said: str) -> None:
    path = write_deceptive(tmp_path / "LabelMe_GIST.mat", lie)
    assert path.stat().st_size < 4 * MIB
    told, growth = load("labelme", tmp_path, 2048)
    assert told == (
        f"--data-dir: {path}: gist {said} (allowed: chunks of at most 0.5 GiB, compressed at most once, by gzip)"
    )
    assert growth < 64


@pytest.mark.parametrize("options", [{}, {"shuffle": True}, {"fletcher32": True}, {"compression": None}])
def test_large_chunks_that_hold_what_they_declare_are_read(tmp_path: Path, options: dict[str, Any]) -> None:
    values = np.random.default_rng(0).random((100, 3000))
    with h5py.File(tmp_path / "LabelMe_GIST.mat", "w") as file:
        file.create_dataset("gist", data=values.T, chunks=(1000, 100), **{"compression": "gzip", **options})
    dataset: Dataset = LabelMe().load(tmp_path, tmp_path / "cache")
    np.testing.assert_allclose(dataset.mean, values.mean(axis=0))

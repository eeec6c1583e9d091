import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from mihash_bench.datasets.base import Dataset, QueryProtocol
from mihash_bench.datasets.cifar10 import Cifar10
from mihash_bench.datasets.matlab import read_mat
from mihash_bench.datasets.prepare import checked_labels
from mihash_bench.datasets.sample import Sample
from mihash_bench.datasets.split import draw_split, neighbor_rule
from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.errors import InputError
from mihash_bench.neighbors import SharedLabels, WithinDistance


@pytest.fixture
def data_dir():
    folder = os.environ.get("MIHASH_BENCH_DATA")
    if not folder:
        pytest.skip("needs the authors' feature files: make test-data DATA=dir")
    return Path(folder)


def write_cifar(folder, *, compress=True, **changed):
    rng = np.random.default_rng(0)
    content = {
        "trainCNN": rng.normal(size=(1300, 6)).astype(np.float32),
        "testCNN": rng.normal(size=(200, 6)).astype(np.float32),
        "trainLabels": (np.arange(1300)[:, None] % 10).astype(np.uint8),
        "testLabels": (np.arange(200)[:, None] % 10).astype(np.uint8),
    }
    content["trainCNN"][5] = 0
    content.update(changed)
    folder.mkdir(exist_ok=True)
    kept = {name: value for name, value in content.items() if value is not None}
    scipy.io.savemat(folder / "CIFAR10_VGG16_fc7.mat", kept, do_compression=compress)
    return content


@pytest.mark.parametrize("compress", [True, False])
def test_cifar10_pools_train_and_test_centres_on_the_mean_of_all_rows_and_scales_to_unit_norm(tmp_path, compress):
    content = write_cifar(tmp_path / "data", compress=compress)
    dataset = Cifar10().load(tmp_path / "data", tmp_path / "cache")
    X = np.vstack([content["trainCNN"], content["testCNN"]]).astype(np.float64)
    X -= X.mean(axis=0)
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    assert dataset.features.dtype == np.float32
    assert isinstance(dataset.features, np.memmap)
    np.testing.assert_allclose(dataset.features, X, atol=1e-7)
    assert dataset.labels.tolist() == [*(i % 10 for i in range(1300)), *(i % 10 for i in range(200))]


def test_a_row_that_equals_the_mean_stays_zero(tmp_path):
    ones = np.ones((1300, 6), np.float32)
    write_cifar(tmp_path / "data", trainCNN=ones, testCNN=ones[:200])
    assert not Cifar10().load(tmp_path / "data", tmp_path / "cache").features.any()


def test_the_sample_has_ten_balanced_classes_and_its_own_queries(cache_dir):
    dataset = Sample().load(Path("nowhere"), cache_dir)
    split = draw_split(dataset, np.random.default_rng(0))
    assert np.bincount(dataset.labels[split.queries]).tolist() == [100] * 10
    assert np.bincount(dataset.labels[split.database]).tolist() == [1000] * 10
    np.testing.assert_allclose(np.linalg.norm(dataset.features, axis=1), 1, atol=1e-6)


def test_preparing_is_done_once_and_again_when_the_cache_is_damaged_or_the_source_changes(tmp_path):
    write_cifar(tmp_path / "data")
    first = Cifar10().load(tmp_path / "data", tmp_path / "cache")
    (folder,) = (tmp_path / "cache").glob("cifar10-*")
    made = (folder / "features.npy").stat().st_mtime_ns
    Cifar10().load(tmp_path / "data", tmp_path / "cache")
    assert (folder / "features.npy").stat().st_mtime_ns == made
    (folder / "features.npy").write_bytes(b"short")
    again = Cifar10().load(tmp_path / "data", tmp_path / "cache")
    assert np.array_equal(first.features.shape, again.features.shape)
    write_cifar(tmp_path / "data", trainCNN=np.ones((1300, 6), np.float32) + np.eye(1300, 6, dtype=np.float32))
    assert Cifar10().load(tmp_path / "data", tmp_path / "cache").digest != first.digest


def _load(folder, queue):
    queue.put(float(Cifar10().load(folder / "data", folder / "cache").features.sum()))


def test_two_processes_that_prepare_at_once_get_the_same(tmp_path):
    write_cifar(tmp_path / "data")
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    processes = [context.Process(target=_load, args=(tmp_path, queue)) for _ in range(2)]
    for process in processes:
        process.start()
    sums = [queue.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert sums[0] == sums[1]
    assert len(list((tmp_path / "cache").glob("cifar10-*"))) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"trainLabels": None}, "no variable trainLabels"),
        ({"trainLabels": np.zeros((4, 1))}, "trainLabels has 4 entries"),
        ({"trainLabels": np.full((1300, 1), 0.5)}, "not whole numbers"),
        ({"trainCNN": np.full((1300, 6), np.nan)}, "NaN or infinity in row 0"),
        ({"testCNN": np.zeros((200, 5))}, "testCNN 5"),
        ({"testCNN": np.zeros((200, 6), complex) + 1j}, "matrix of real numbers"),
        ({"testCNN": np.array([["a"]])}, "matrix of real numbers"),
    ],
)
def test_bad_content_is_one_line_that_names_the_file(tmp_path, changed, said):
    write_cifar(tmp_path / "data", **changed)
    with pytest.raises(InputError, match="CIFAR10_VGG16_fc7.mat") as caught:
        Cifar10().load(tmp_path / "data", tmp_path / "cache")
    assert said in str(caught.value)
    assert not list((tmp_path / "cache").glob("*cifar10-*"))


@pytest.mark.parametrize("keep", [0, 60, 200, -20])
def test_a_truncated_file_is_refused(tmp_path, keep):
    write_cifar(tmp_path / "data")
    path = tmp_path / "data" / "CIFAR10_VGG16_fc7.mat"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match="cut short|no variable"):
        read_mat(path, ("trainCNN", "testLabels"))


def test_a_missing_file_says_what_it_is_and_where_to_get_it(tmp_path):
    with pytest.raises(InputError, match=r"--data-dir.*CIFAR10_VGG16_fc7.mat.*github.com/fcakir/mihash"):
        Cifar10().load(tmp_path, tmp_path / "cache")


def test_a_cache_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="--cache-dir"):
        Sample().load(tmp_path, tmp_path / "file" / "cache")


def test_label_matrices_hold_zeros_and_ones():
    assert checked_labels(np.eye(3), 3, "x").dtype == np.uint8
    with pytest.raises(InputError, match="0 and 1"):
        checked_labels(2 * np.eye(3), 3, "x")


def test_synthetic_is_the_same_again_and_grows_harder_with_difficulty(tmp_path):
    def spread(**parameters):
        dataset = Synthetic(n=600, d=16, classes=3, **parameters).load(tmp_path, tmp_path)
        same = dataset.labels[:, None] == dataset.labels[None]
        return (dataset.features @ dataset.features.T)[same].mean()

    assert spread(difficulty=0.2) > spread(difficulty=1.0) > spread(difficulty=4.0)
    chunks = [np.vstack(list(Synthetic(n=20_000, d=3).read(tmp_path).chunks())) for _ in range(2)]
    assert np.array_equal(*chunks)


def test_synthetic_without_classes_has_no_labels_and_neighbors_by_distance(tmp_path):
    dataset = Synthetic(n=400, d=8, classes=0).load(tmp_path, tmp_path)
    split = draw_split(dataset, np.random.default_rng(0))
    rule = neighbor_rule(dataset, split)
    X = dataset.features[split.database].astype(np.float64)
    distances = np.linalg.norm(X[:, None] - X[None], axis=2)[np.triu_indices(len(X), 1)]
    assert isinstance(rule, WithinDistance)
    assert rule.threshold == pytest.approx(np.percentile(distances, 5), abs=1e-7)
    assert len(split.queries) == 40


@pytest.mark.parametrize(
    ("name", "value"), [("n", 5), ("d", 0), ("classes", -1), ("difficulty", float("nan")), ("n", 30.5)]
)
def test_synthetic_parameters_that_are_not_allowed_are_named(tmp_path, name, value):
    with pytest.raises(InputError, match=f"synthetic.{name}"):
        Synthetic(**{name: value}).load(tmp_path, tmp_path)


def dataset_of(labels, protocol):
    rng = np.random.default_rng(0)
    return Dataset("made", rng.normal(size=(len(labels), 3)), labels, None, protocol, "")


def test_a_split_draws_so_many_of_each_class_and_puts_all_others_in_random_order():
    labels = np.repeat(np.arange(4), 25)
    dataset = dataset_of(labels, QueryProtocol(per_class=5))
    split, again, other = (draw_split(dataset, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.bincount(labels[split.queries]).tolist() == [5] * 4
    assert sorted([*split.queries, *split.database]) == list(range(100))
    assert (np.diff(split.database) < 0).any()
    assert split.database.tolist() == again.database.tolist() != other.database.tolist()
    assert isinstance(neighbor_rule(dataset, split), SharedLabels)


def test_multi_label_queries_are_drawn_in_total():
    dataset = dataset_of(np.random.default_rng(0).integers(0, 2, (90, 4)), QueryProtocol(per_class=3))
    assert len(draw_split(dataset, np.random.default_rng(0)).queries) == 12


def test_a_class_with_too_few_rows_is_named():
    with pytest.raises(InputError, match="class 1 has 2 rows"):
        draw_split(dataset_of(np.array([0] * 20 + [1] * 2), QueryProtocol(per_class=3)), np.random.default_rng(0))


def test_the_authors_file_has_a_thousand_queries_of_ten_classes(data_dir, tmp_path):
    dataset = Cifar10().load(data_dir, tmp_path)
    split = draw_split(dataset, np.random.default_rng(0))
    assert dataset.features.shape[0] == 60_000
    assert np.bincount(dataset.labels[split.queries]).tolist() == [100] * 10
    assert np.bincount(dataset.labels[split.database]).tolist() == [5900] * 10

import numpy as np
import pytest

from mihash_bench.datasets.base import Dataset, Normalization, QueryProtocol
from mihash_bench.datasets.sample import Sample
from mihash_bench.errors import InputError
from mihash_bench.experiment.training_points import (
    TrainingCentred,
    class_labels,
    draw_training_points,
    draw_tuning_split,
)


def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def sample(cache_dir, tmp_path_factory):
    return Sample().load(tmp_path_factory.mktemp("none"), cache_dir)


def test_setting_1_trains_on_500_of_each_class_that_stay_in_the_database(sample):
    split = draw_training_points(sample, 0, 0)
    assert np.bincount(sample.labels[split.training]).tolist() == [500] * 10
    assert len(set(split.training)) == 5_000
    assert set(split.training) <= set(split.database)
    assert not set(split.training) & set(split.queries)
    assert len(split.database) == 10_000


def test_tuning_uses_training_points_only_and_each_of_them_once(sample):
    training = draw_training_points(sample, 0, 0).training
    split = draw_tuning_split(sample, 0, 0)
    parts = [split.training, split.queries, split.database]
    assert [np.bincount(sample.labels[part]).tolist() for part in parts] == [[400] * 10, [50] * 10, [50] * 10]
    together = np.concatenate(parts)
    assert len(set(together)) == 5_000
    assert set(together) == set(training)


def test_rows_are_centred_on_the_training_points_and_of_unit_norm():
    source = rng().normal(size=(50, 6)) * rng().uniform(1, 9, (50, 1)) + 3
    centred = source - source.mean(axis=0)
    norms = np.linalg.norm(centred, axis=1)
    dataset = Dataset(
        "some", (centred / norms[:, None]).astype(np.float32), source.mean(axis=0), norms.astype(np.float32),
        None, None, QueryProtocol(), "0" * 64,
    )  # fmt: skip
    training = np.array([3, 1, 40, 22, 7])
    rows = TrainingCentred(dataset, training)
    wanted = source - source[training].mean(axis=0)
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    assert len(rows) == 50
    assert rows.shape == (50, 6)
    assert rows[:].dtype == np.float32
    np.testing.assert_allclose(rows[:], wanted, atol=2e-6)
    np.testing.assert_array_equal(rows[10:13], rows[:][10:13])
    np.testing.assert_array_equal(rows[training], rows[:][training])


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("unit", [True, False])
def test_rows_are_centred_and_scaled_only_as_their_dataset_is(center, unit):
    source = rng().normal(size=(50, 6)) + 3
    mean = source.mean(axis=0) if center else np.zeros(6)
    norms = np.linalg.norm(source - mean, axis=1) if unit else np.ones(50)
    dataset = Dataset(
        "some", ((source - mean) / norms[:, None]).astype(np.float32), mean, norms.astype(np.float32), None, None,
        QueryProtocol(), "0" * 64, Normalization(center, unit),
    )  # fmt: skip
    training = np.array([3, 1, 40, 22, 7])
    rows = TrainingCentred(dataset, training)
    wanted = source - source[training].mean(axis=0) if center else source
    wanted = wanted / np.linalg.norm(wanted, axis=1, keepdims=True) if unit else wanted
    np.testing.assert_allclose(rows[:], wanted, atol=2e-6)
    np.testing.assert_allclose(rows.mean, source[training].mean(axis=0) if center else 0, atol=2e-6)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (None, "--dataset: few has no labels"),
        (np.eye(22, 3, dtype=np.uint8), "--dataset: few has several labels per row .* drawn from each class"),
        (np.arange(22) % 2, "--dataset: class 0 of few has 10 database rows .*at least 500"),
    ],
)
def test_datasets_unsuitable_for_setting_1_are_refused(labels, said):
    features = rng().normal(size=(22, 3)).astype(np.float32)
    query = np.arange(22) >= 20
    dataset = Dataset("few", features, np.zeros(3), np.ones(22), labels, query, QueryProtocol(), "0" * 64)
    with pytest.raises(InputError, match=said):
        draw_training_points(dataset, 0, 0)


def test_a_matrix_with_a_single_label_in_each_row_is_the_same_as_the_list_of_labels():
    labels = np.arange(1_040) % 2
    query = np.arange(1_040) >= 1_020
    features = rng().normal(size=(1_040, 3)).astype(np.float32)
    made = (np.zeros(3), np.ones(1_040))
    splits = []
    for given in (labels, np.eye(2, dtype=np.uint8)[labels]):
        dataset = Dataset("one", features, *made, given, query, QueryProtocol(), "0" * 64)
        np.testing.assert_array_equal(class_labels(dataset), labels)
        splits.append(draw_training_points(dataset, 0, 0))
    np.testing.assert_array_equal(splits[0].training, splits[1].training)

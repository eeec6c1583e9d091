"""Splits of images by the protocols of both settings."""

import numpy as np
import pytest

from mihash_bench.datasets.base import Dataset, QueryProtocol
from mihash_bench.errors import InputError
from mihash_bench.experiment.training_points import draw_image_split


@pytest.fixture
def images():
    """60 images of each of three classes, the last 10 of which are test images."""
    labels = np.tile(np.arange(3), 60)
    pixels = np.zeros((180, 8, 8, 3), np.uint8)
    protocol = QueryProtocol(per_class=5)
    return Dataset("images", pixels, np.empty(0), np.empty(0), labels, np.arange(180) >= 150, protocol, "digest")


def counts(images, rows):
    return np.bincount(images.labels[rows], minlength=3).tolist()


def test_queries_and_training_images_are_drawn_from_each_class(images):
    split = draw_image_split(images, seed=0, trial=0, queries=20, training=15)
    assert counts(images, split.queries) == [20, 20, 20]
    assert counts(images, split.training) == [15, 15, 15]
    assert sorted([*split.queries, *split.database]) == list(range(180))
    assert set(split.training) < set(split.database)


def test_the_whole_database_can_be_learned_from(images):
    split = draw_image_split(images, seed=0, trial=0, queries=20, training=None)
    np.testing.assert_array_equal(split.training, split.database)
    assert counts(images, split.database) == [40, 40, 40]


def test_the_queries_can_be_the_test_images(images):
    split = draw_image_split(images, seed=0, trial=3, queries=None, training=None)
    np.testing.assert_array_equal(split.queries, np.arange(150, 180))
    assert sorted(split.database) == list(range(150))


def test_trials_share_queries_but_not_training_images(images):
    first, second = (draw_image_split(images, 0, trial, 20, 15) for trial in (0, 1))
    np.testing.assert_array_equal(first.queries, second.queries)
    assert set(first.training) != set(second.training)
    other = draw_image_split(images, 0, 1, 20, 15, split_trial=1)
    assert set(other.queries) != set(first.queries)
    again = draw_image_split(images, 0, 1, 20, 15)
    np.testing.assert_array_equal(again.training, second.training)
    np.testing.assert_array_equal(again.database, second.database)


def test_too_few_images_of_a_class_are_refused(images):
    with pytest.raises(InputError, match=r"class 0 of images has 40 database rows .* at least 41"):
        draw_image_split(images, 0, 0, 20, 41)

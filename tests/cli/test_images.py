"""Datasets of images at the command line."""

import pytest

from tests.cli.calling import call
from tests.datasets.cifar10_batches import form_named, write_archive, write_batches


@pytest.fixture
def data_dir(tmp_path):
    """A folder with the batches of a few CIFAR-10 images."""
    return write_batches(tmp_path / "data", form_named("binary"))


def test_images_are_listed_with_what_is_missing(data_dir, tmp_path):
    listed = call("datasets", "list", "--data-dir", data_dir).output
    assert "cifar10-images: CIFAR-10 images (present)" in listed
    listed = call("datasets", "list", "--data-dir", tmp_path).output
    assert "missing cifar-10-binary.tar.gz or cifar-10-python.tar.gz or cifar-10-matlab.tar.gz in" in listed


def test_preparing_says_what_was_found_and_whether_it_is_the_published_archive(data_dir, tmp_path):
    cache = ("--cache-dir", tmp_path / "cache")
    done = call("datasets", "prepare", "cifar10-images", "--data-dir", data_dir, *cache)
    assert done.exit_code == 0, done.output
    assert "cifar10-images: 60 images of 32 x 32 pixels, labels, in" in done.output
    assert "no published checksum" in done.output
    packed = write_archive(tmp_path / "packed", form_named("python"))
    done = call("datasets", "prepare", "cifar10-images", "--data-dir", packed, *cache)
    assert "is not the published archive" in done.output


@pytest.mark.parametrize("setting", ["online", "batch-1"])
def test_a_setting_that_learns_from_features_refuses_images(setting, data_dir, tmp_path):
    done = call(
        "run", "--setting", setting, "--dataset", "cifar10-images", "--data-dir", data_dir, "--cache-dir",
        tmp_path / "cache", "-o", tmp_path / "results",
    )  # fmt: skip
    assert done.exit_code == 2
    assert "--dataset: cifar10-images has images (allowed in setting" in done.output
    assert not (tmp_path / "results").exists()

"""Datasets of a few images."""

import numpy as np
import pytest

from mihash_bench.datasets.cifar10_images import Cifar10Images
from tests.datasets.cifar10_batches import form_named, write_batches


@pytest.fixture(scope="session")
def image_folder(tmp_path_factory):
    """A folder with the batches of 60 CIFAR-10 images, the last 10 of which are test images."""
    return write_batches(tmp_path_factory.mktemp("images"), form_named("binary"))


@pytest.fixture(scope="session")
def few_images(image_folder, cache_dir):
    """The 60 images as a dataset."""
    return Cifar10Images().load(image_folder, cache_dir)


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 16 images and batches of 8, so that few images make several blocks."""
    from mihash_bench.deep import extracting, feature_blocks, recipe

    for module in (extracting, feature_blocks):
        monkeypatch.setattr(module, "BLOCK_ROWS", 16)
    for module in (extracting, feature_blocks, recipe):
        monkeypatch.setattr(module, "BATCH", 8)
    return np.arange(0, 60, 16)

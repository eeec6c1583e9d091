"""Mini-batches: order, flips, and beginning in the middle of an epoch."""

import numpy as np
import pytest

from mihash_bench.deep.batches import ahead, epoch_batches

IMAGES = np.random.default_rng(0).integers(0, 256, (30, 4, 4, 3)).astype(np.uint8)
ROWS = np.arange(5, 28)


def batches(first=0):
    return list(epoch_batches(IMAGES, ROWS, 5, np.random.default_rng(3), first=first))


def test_every_image_comes_once_and_some_are_mirrored():
    found = batches()
    positions = np.concatenate([each.positions for each in found])
    assert sorted(positions) == list(range(len(ROWS)))
    mirrored = 0
    for positions, images in found:
        for position, image in zip(positions, images, strict=True):
            original = IMAGES[ROWS[position]]
            mirrored += np.array_equal(image, original[:, ::-1])
            assert np.array_equal(image, original) or np.array_equal(image, original[:, ::-1])
    assert 4 < mirrored < 19


def test_an_epoch_can_begin_in_its_middle():
    for (positions, images), (again, same) in zip(batches()[2:], batches(first=2), strict=True):
        np.testing.assert_array_equal(positions, again)
        np.testing.assert_array_equal(images, same)


def test_the_images_themselves_stay_as_they_are():
    before = IMAGES.copy()
    batches()
    np.testing.assert_array_equal(IMAGES, before)


def test_an_error_in_the_thread_that_works_ahead_is_raised_where_its_item_is_needed():
    def items():
        yield 1
        raise ValueError("broken")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="broken"):
        next(found)

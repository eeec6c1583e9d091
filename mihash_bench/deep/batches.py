"""Mini-batches of training images in random order, flipped at random, and prepared ahead of their use."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

AHEAD = 2
# The number of images that a network codes at once. Outputs depend on it by rounding, so it never changes.
ENCODE_ROWS = 256
_END = object()


class Batch(NamedTuple):
    """The positions of a mini-batch among the training images, and the images."""

    positions: NDArray[np.int64]
    images: Any


def epoch_batches(
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    batch_size: int,
    rng: np.random.Generator,
    *,
    first: int = 0,
    prepare: Callable[[NDArray[np.uint8]], Any] = lambda images: images,
) -> Iterator[Batch]:
    """Yield the mini-batches of an epoch from number ``first`` on.

    images: shape (N, height, width, 3), may be memory-mapped. rows: the training images. Each of them is mirrored with
    probability 1/2. rng gives the order and the flips of the whole epoch, so that an epoch can begin in its middle.
    prepare: is called with the images of each batch, in a thread that works ahead.
    """
    order, flipped = rng.permutation(len(rows)), rng.random(len(rows)) < 0.5

    def make() -> Iterator[Batch]:
        for start in range(first * batch_size, len(order), batch_size):
            positions = order[start : start + batch_size]
            batch = np.asarray(images[rows[positions]])
            mirrored = flipped[positions]
            batch[mirrored] = batch[mirrored][:, :, ::-1]
            yield Batch(positions, prepare(batch))

    return ahead(make())


def ahead(items: Iterator[Any]) -> Iterator[Any]:
    """Yield the same items, of which a thread computes the next ``AHEAD`` in the meantime. Errors are raised here."""
    with ThreadPoolExecutor(1) as worker:
        waiting = deque(worker.submit(next, items, _END) for _ in range(AHEAD))
        while (item := waiting.popleft().result()) is not _END:
            waiting.append(worker.submit(next, items, _END))
            yield item

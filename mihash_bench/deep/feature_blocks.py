"""Features on their way into a file: blocks of rows, so that an extraction that was ended goes on where it was."""

import hashlib
import io
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mihash_bench.deep.recipe import BATCH, Recipe
from mihash_bench.store.durable import write_whole

# Whole batches, so that each image is in the same batch however often the extraction is ended.
BLOCK_ROWS = 64 * BATCH
RECIPE = "recipe.json"
DIGEST_CHARACTERS = 16
Features = NDArray[np.float32]


class FeatureBlocks:
    """The blocks of one extraction in a folder of their own. Each is a file that is complete once it has its name.

    The name contains the beginning of the SHA-256 of its content, so that a damaged block is computed again. Blocks of
    another recipe are removed.
    """

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self.folder, self._recipe = folder, recipe
        if self._known() != recipe.text:
            shutil.rmtree(folder, ignore_errors=True)
            write_whole(folder / RECIPE, recipe.text.encode())
        self.done = self._intact()

    @property
    def starts(self) -> range:
        """The number of the first row of each block."""
        return range(0, self._recipe.images, BLOCK_ROWS)

    @property
    def rows_done(self) -> int:
        """The number of rows in the blocks that are there."""
        return min(self.done * BLOCK_ROWS, self._recipe.images)

    def add(self, features: Features) -> None:
        """Keep the next block. Raises OSError if it cannot be written."""
        content = io.BytesIO()
        np.save(content, features)
        for damaged in self.folder.glob(f"{self.done:06d}-*.npy"):
            damaged.unlink()
        write_whole(self.folder / f"{self.done:06d}-{_digest(content.getvalue())}.npy", content.getvalue())
        self.done += 1

    def together(self) -> Features:
        """Return all rows, float32 of shape (n, n_features)."""
        features = np.empty((self._recipe.images, self._recipe.n_features), np.float32)
        for number, start in enumerate(self.starts):
            path = self._path(number)
            assert path is not None
            features[start : start + BLOCK_ROWS] = np.load(path)
        return features

    def remove(self) -> None:
        """Remove the folder, after its features have become a file."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _known(self) -> str:
        path = self.folder / RECIPE
        return path.read_text("utf-8", "replace") if path.is_file() else ""

    def _path(self, number: int) -> Path | None:
        return next(iter(self.folder.glob(f"{number:06d}-*.npy")), None)

    def _intact(self) -> int:
        """Return how many blocks from the first one on are there and undamaged."""
        for number in range(len(self.starts)):
            path = self._path(number)
            if path is None or path.stem.partition("-")[2] != _digest(path.read_bytes()):
                return number
        return len(self.starts)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGEST_CHARACTERS]

"""Making a feature file of a dataset of images."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mihash_bench.datasets.base import Dataset
from mihash_bench.deep.backbones.base import Backbone
from mihash_bench.deep.feature_blocks import BLOCK_ROWS, FeatureBlocks, Features
from mihash_bench.deep.feature_file import check_layout, read_recipe, write_features
from mihash_bench.deep.recipe import BATCH, Recipe, recipe_of
from mihash_bench.errors import InputError
from mihash_bench.store.lock import locked
from mihash_bench.store.output_file import is_special, make_folder

if TYPE_CHECKING:
    from mihash_bench.deep.network import Network

# Told the number of images that are done and that of all images, first for those of an earlier extraction.
Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Extraction:
    """Features of a dataset of images, to be kept in a file.

    path: the file, ending in ``.mat`` or ``.h5``. side: of the images; None for the default of the backbone. data_dir:
    the folder with the files of the backbone. replace: whether a file of other features is replaced.
    """

    backbone: Backbone
    dataset: Dataset
    path: Path
    data_dir: Path
    side: int | None = None
    threads: int = 1
    replace: bool = False

    def run(self, report: Report) -> Recipe:
        """Write the file, unless it has these features already, and return its recipe.

        An extraction that was ended leaves its blocks of features beside the file, in a hidden folder. The next one
        with the same recipe goes on with them, and the file is the same, bit for bit.

        Raises InputError, naming the option, if an argument is not allowed or the file cannot be written.
        """
        self._check()
        side = self.backbone.check_side(self.side)
        recipe = recipe_of(self.backbone, self.dataset, self.data_dir, side, self.threads)
        try:
            make_folder(self.path.parent)
            with locked(self.path.parent / ".locks" / self.path.name):
                if not self._is_done(recipe):
                    self._make(recipe, report)
        except OSError as error:
            raise InputError(f"-o: cannot write {self.path} ({error.strerror or error})") from None
        return recipe

    def _check(self) -> None:
        if not self.dataset.has_images:
            raise InputError(f"--dataset: {self.dataset.name} has features (allowed: images, such as cifar10-images)")
        if is_special(self.path) or self.path.is_dir():
            raise InputError(f"-o: {self.path} is no regular file (allowed: the name of a file)")
        self.backbone.check_params()
        check_layout(self.path, self.dataset, self.backbone.n_features)

    def _is_done(self, recipe: Recipe) -> bool:
        if not self.path.exists() or read_recipe(self.path) == recipe.text:
            return self.path.exists()
        if not self.replace:
            raise InputError(f"-o: {self.path} exists and has other features (allowed: another name, or --replace)")
        return False

    def _make(self, recipe: Recipe, report: Report) -> None:
        # Imported late because it imports PyTorch.
        from mihash_bench.deep.computing import reproducible

        blocks = FeatureBlocks(self.path.with_name(f".{self.path.name}.partial"), recipe)
        report(blocks.rows_done, recipe.images)
        if blocks.rows_done < recipe.images:
            with reproducible(self.threads):
                network = self.backbone.load(self.data_dir, recipe.pixels)
                for start in blocks.starts[blocks.done :]:
                    blocks.add(self._block(network, start, report))
        temporary = blocks.folder / f"complete{self.path.suffix}"
        write_features(self.path, temporary, blocks.together(), self.dataset, recipe)
        blocks.remove()

    def _block(self, network: "Network", start: int, report: Report) -> Features:
        images = self.dataset.features[start : start + BLOCK_ROWS]
        parts = []
        for first in range(0, len(images), BATCH):
            parts.append(network.features(images[first : first + BATCH]))
            report(start + min(first + BATCH, len(images)), len(self.dataset.features))
        return np.concatenate(parts)

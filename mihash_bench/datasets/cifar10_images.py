"""The images of CIFAR-10, as they are published."""

from pathlib import Path
from typing import ClassVar

import numpy as np

from mihash_bench.datasets._cifar10_forms import FORMS, PAGE, Found, find_images
from mihash_bench.datasets.base import AuthorsShape, DatasetSource, KnownContent, QueryProtocol, RawData, SourceFile
from mihash_bench.errors import InputError

SIDE = 32
CHUNK_ROWS = 4096
HOLDS = "the training and test images, in the {} form"


class Cifar10Images(DatasetSource):
    """60,000 labelled images of 32 x 32 pixels in ten classes: 50,000 training images, then 10,000 test images.

    They are kept as they are, without features. `--data-dir` names the folder with the batches in the binary, python
    or MATLAB form, or with one of the published archives. Fewer images in the same form are accepted and get a title
    of their own. `mihash-bench features` makes features of them for all other experiments.
    """

    name = "cifar10-images"
    title = "CIFAR-10 images"
    citation = "krizhevsky2009learning"
    examples = 20_000
    files: ClassVar[tuple[SourceFile, ...]] = tuple(
        SourceFile(form.archive, f"{HOLDS.format(form.name)} (or the folder {form.folder})", PAGE) for form in FORMS
    )
    any_file = True
    authors_shape: ClassVar[AuthorsShape | None] = AuthorsShape(columns=3 * SIDE * SIDE, rows=60_000, labels=(0, 9))
    content: ClassVar[KnownContent | None] = KnownContent(classes=10)

    @property
    def queries(self) -> QueryProtocol:
        """100 of each class of all images, as in the experiments with features."""
        return QueryProtocol(per_class=100)

    @classmethod
    def is_present(cls, data_dir: Path) -> bool:
        """Return whether the images are there in any form."""
        return find_images(data_dir) is not None

    @classmethod
    def origin(cls, data_dir: Path) -> str:
        """Return whether an archive is the published one."""
        return cls._found(data_dir).origin

    def paths(self, data_dir: Path) -> list[Path]:
        """Return the files of the batches, or the archive."""
        return list(self._found(data_dir).paths)

    def read(self, data_dir: Path) -> RawData:
        """Read the training images followed by the test images, which are marked as fixed queries."""
        # Imported late because SciPy is only needed for the MATLAB form.
        from mihash_bench.datasets._cifar10_batches import read_images

        pixels, labels, n_training = read_images(self._found(data_dir))
        n, d = pixels.shape
        starts = range(0, n, CHUNK_ROWS)
        return RawData(
            n, d, lambda: (pixels[start : start + CHUNK_ROWS] for start in starts), labels,
            query=np.arange(n) >= n_training, image=(SIDE, SIDE),
        )  # fmt: skip

    @staticmethod
    def _found(data_dir: Path) -> Found:
        if (found := find_images(data_dir)) is None:
            allowed = ", ".join(form.archive for form in FORMS)
            raise InputError(
                f"--data-dir: no CIFAR-10 images in {data_dir}. Download {allowed} from {PAGE} into it; one of them is "
                f"enough, as it is or unpacked"
            )
        return found

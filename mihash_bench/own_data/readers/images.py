"""Folders of images with one subfolder for each class, read by Pillow."""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.own_data.rows import FOLDER_COLUMN, Ask, Block, RowSource
from mihash_bench.text import message_of, one_line

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm")
BLOCK_BYTES = 1 << 26
# A small file may unpack to far more pixels than any photograph has.
MOST_PIXELS = 1 << 28


def open_rows(path: Path, ask: Ask) -> RowSource:
    """Return the images in the subfolders, in alphabetical order, as rows of pixels with the names of their folders.

    A row contains height x width pixels, row by row, each as red, green and blue, uint8. With ``ask.pixels``, images
    are cut to a square around their centre and scaled to this side; otherwise all must have the size of the first one.

    Raises InputError, naming folder or file, if Pillow is missing, if there is no image, if a file is none, or if sizes
    differ.
    """
    where = ask.where(path)
    if ask.labels:
        raise InputError(f"{where}: it is a folder (allowed: a file with labels)")
    _check_pillow(where)
    files = _files(path, where)
    first = _image(files[0], ask.pixels)
    height, width, _ = first.shape

    def blocks() -> Iterator[Block]:
        step = max(1, BLOCK_BYTES // first.size)
        for start in range(0, len(files), step):
            some = files[start : start + step]
            rows = np.stack([_of_size(_image(file, ask.pixels), first, file, files[0]) for file in some])
            folders = np.array([file.parent.name for file in some], object)
            yield Block(rows.reshape(len(some), -1), {FOLDER_COLUMN: folders})

    return RowSource(where, first.size, np.dtype(np.uint8), blocks, image=(height, width))


def _check_pillow(where: str) -> None:
    try:
        import PIL  # noqa: F401
    except ImportError:
        raise InputError(
            f"{where}: reading images needs Pillow, which is not installed (pip install 'mihash-bench[deep]')"
        ) from None


def _files(path: Path, where: str) -> Sequence[Path]:
    files = []
    for folder in sorted(each for each in path.iterdir() if not each.name.startswith(".")):
        if not folder.is_dir():
            raise InputError(f"{where}: {folder.name} is no folder (allowed: one folder of images for each class)")
        inside = sorted(each for each in folder.iterdir() if not each.name.startswith("."))
        if other := next((each for each in inside if each.suffix.lower() not in ENDINGS), None):
            raise InputError(f"{where}: {other} is no image (allowed: files ending in {', '.join(ENDINGS)})")
        files += inside
    if not files:
        raise InputError(f"{where}: no images in it (allowed: one folder of images for each class)")
    return files


def _image(file: Path, side: int | None) -> NDArray[np.uint8]:
    """Return an image, uint8 of shape (height, width, 3). Raises InputError, naming the file, if it is none."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            # Large images are refused here.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise ValueError(f"{opened.width:,} x {opened.height:,} pixels")
                upright: Any = ImageOps.exif_transpose(opened).convert("RGB")
        if side is not None:
            upright = _square(upright).resize((side, side), Image.Resampling.BICUBIC)
        return np.asarray(upright, np.uint8)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - Pillow raises many kinds of errors for damaged files
        raise InputError(f"{file}: not a readable image ({one_line(message_of(error))})") from None


def _square(image: Any) -> Any:
    """Return the largest square around the centre of an image."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def _of_size(image: NDArray[np.uint8], first: NDArray[np.uint8], file: Path, first_file: Path) -> NDArray[np.uint8]:
    if image.shape != first.shape:
        sizes = [f"{each.shape[1]} x {each.shape[0]}" for each in (image, first)]
        raise InputError(
            f"{file}: {sizes[0]} pixels, but {first_file} has {sizes[1]} (allowed: images of one size, or --pixels N, "
            f"which scales them)"
        )
    return image

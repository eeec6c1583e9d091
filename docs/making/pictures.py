"""A folder of small pictures, from which the networks of the small sweep learn: four shapes in four colours."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 16
PER_CLASS = 40
_ROWS, _COLUMNS = np.mgrid[0:SIDE, 0:SIDE] - (SIDE - 1) / 2
COLOURS = {"circle": (200, 90, 90), "cross": (90, 200, 90), "square": (90, 90, 200), "stripes": (190, 190, 90)}
SHAPES: dict[str, NDArray[np.bool_]] = {
    "circle": np.hypot(_ROWS, _COLUMNS) < 5,
    "cross": (np.abs(_ROWS) < 2) | (np.abs(_COLUMNS) < 2),
    "square": (np.abs(_ROWS) < 5) & (np.abs(_COLUMNS) < 5),
    "stripes": (_ROWS + SIDE) % 4 < 2,
}


def draw_pictures(folder: Path) -> None:
    """Write a folder for each shape with PNG files, always the same ones."""
    random = np.random.default_rng(0)
    for name, shape in SHAPES.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(PER_CLASS):
            moved = np.roll(shape, random.integers(-2, 3, 2), (0, 1))[:, :, None]
            pixels = np.where(moved, COLOURS[name], 90) + random.integers(-55, 56, (SIDE, SIDE, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{number}.png")

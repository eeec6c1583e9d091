"""Arrays of numbers for the page: each distinct array is stored once, as base64."""

from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# The types that the page can read, by what JavaScript calls their arrays.
TYPES = {"Float64Array": "<f8", "Float32Array": "<f4", "Int32Array": "<i4", "Uint8Array": "u1"}


class Numbers:
    """A growing list of arrays. Others refer to an array by its place in the list."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, bytes], int] = {}

    def add(self, values: ArrayLike, kind: str) -> int:
        """Return the place of an array in ``listed``. kind: one of ``TYPES``.

        The array is added if there is none with these values. NaN is allowed.
        """
        plain: NDArray[Any] = np.ascontiguousarray(values, TYPES[kind])
        return self._places.setdefault((kind, plain.tobytes()), len(self._places))

    def listed(self) -> list[list[str]]:
        """Return the type and the base64 text of each array."""
        return [[kind, b64encode(content).decode()] for kind, content in self._places]

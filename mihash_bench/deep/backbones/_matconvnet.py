"""Reading the filters of a network in the file format of MatConvNet, a MATLAB file with cells and structures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._mat5_header import find_fault, unpacked_bytes
from mihash_bench.datasets._memory import gibibytes, variables_limit
from mihash_bench.errors import InputError
from mihash_bench.text import message_of, one_line

Floats = NDArray[np.float32]
# Height and width of the filters, their channels, and their number, as MatConvNet stores them.
Shape = tuple[int, int, int, int]
VARIABLES = ("layers", "meta", "normalization")


@dataclass(frozen=True)
class MatConvNet:
    """What is read of a network.

    filters: by layer, of shape (number, channels, height, width). biases: by layer. average: image (3, side, side).
    """

    filters: dict[str, Floats]
    biases: dict[str, Floats]
    average: Floats


def read_matconvnet(path: Path, shapes: Mapping[str, Shape], side: int) -> MatConvNet:
    """Return filters, biases and average image.

    shapes: of the filters of the layers that are read; other layers are left out. side: of the average image. Both
    layouts of MatConvNet are read: with ``weights`` and ``meta``, and the older one with ``filters``, ``biases`` and
    ``normalization``. Raises InputError, naming file and layer, if something is missing or has another shape.
    """
    content = _content(path)
    layers = {str(layer.get("name")): layer for layer in _dictionaries(content.get("layers"))}
    filters, biases = {}, {}
    for name, shape in shapes.items():
        if name not in layers:
            raise InputError(f"{path}: layer {name} is missing (allowed: the layers {', '.join(shapes)})")
        found = _weights(layers[name])
        filters[name] = _of_shape(found[0], shape, f"{path}: the filters of {name}").transpose(3, 2, 0, 1).copy()
        biases[name] = _of_shape(found[1], (shape[3],), f"{path}: the biases of {name}")
    average = _of_shape(_average(content), (side, side, 3), f"{path}: the average image")
    return MatConvNet(filters, biases, average.transpose(2, 0, 1).copy())


def _content(path: Path) -> dict[str, Any]:
    # Imported late because only this network needs SciPy.
    from scipy.io import loadmat

    if fault := find_fault(path, ()):
        raise InputError(f"--data-dir: {path}: {fault}")
    needed, limit = unpacked_bytes(path, VARIABLES), variables_limit()
    if needed > limit:
        raise InputError(f"--data-dir: {path}: would take {gibibytes(needed)} of memory (allowed: {gibibytes(limit)})")
    try:
        content: dict[str, Any] = loadmat(path, variable_names=list(VARIABLES), simplify_cells=True)
    except Exception as error:  # noqa: BLE001 - SciPy raises many kinds of errors for damaged files
        reason = one_line(message_of(error))
        raise InputError(f"--data-dir: {path}: not a readable MATLAB file, or truncated ({reason})") from None
    return content


def _dictionaries(values: Any) -> list[dict[str, Any]]:
    listed = values if isinstance(values, list | np.ndarray) else [values]
    return [value for value in listed if isinstance(value, dict)]


def _weights(layer: dict[str, Any]) -> tuple[Any, Any]:
    weights = layer.get("weights")
    if isinstance(weights, list | np.ndarray) and len(weights) == 2:
        return weights[0], weights[1]
    return layer.get("filters"), layer.get("biases")


def _average(content: dict[str, Any]) -> Any:
    for owner in (content.get("meta"), content):
        normalization = owner.get("normalization") if isinstance(owner, dict) else None
        if isinstance(normalization, dict) and "averageImage" in normalization:
            return normalization["averageImage"]
    return None


def _of_shape(values: Any, shape: tuple[int, ...], where: str) -> Floats:
    """Return an array as float32 of a shape; SciPy leaves out sizes of 1. Raises InputError if it is none such."""
    wanted = tuple(size for size in shape if size > 1)
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu" or values.squeeze().shape != wanted:
        found = f"{values.dtype} of shape {values.shape}" if isinstance(values, np.ndarray) else "missing"
        raise InputError(f"{where}: {found} (allowed: numbers of shape {' x '.join(map(str, shape))})")
    numbers = values.reshape(shape).astype(np.float32)
    if not np.isfinite(numbers).all():
        raise InputError(f"{where}: NaN or infinity (allowed: finite numbers in single precision)")
    return numbers

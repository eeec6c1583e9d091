"""Coding new raw vectors with a run's learned hash functions and its preprocessing."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.encoders import CHUNK_ROWS, Encoder
from mihash_bench.errors import InputError
from mihash_bench.store.record import RunRecord
from mihash_bench.text import html_text

# Arrays in the final group of a run file that do not belong to the encoder.
PER_QUERY = frozenset({"ap_expected", "ap_index", "queries"})
NOT_OF_ENCODERS = PER_QUERY | {"code_age"}


@dataclass(frozen=True)
class RawEncoder:
    """Codes raw vectors with a run's final hash functions.

    A raw vector x of shape (d,) is first converted to ``(x - mean) / |x - mean|`` in single precision, as the run did
    with its dataset, or to zero if x equals the mean. mean: shape (d,), zeros if the dataset is not centred. unit:
    whether rows are scaled to unit norm, which only an imported dataset may leave out.
    """

    mean: NDArray[np.float64] = field(repr=False)
    encoder: Encoder = field(repr=False)
    unit: bool = True

    def __str__(self) -> str:
        """Return the shapes and the preprocessing in one line."""
        scaled = "scaled to unit norm" if self.unit else "not scaled"
        return f"Hash functions of {self.n_bits} bits for vectors of {len(self.mean):,} features, centred and {scaled}"

    def _repr_html_(self) -> str:
        """Return the line for a notebook."""
        return html_text(self)

    @property
    def n_bits(self) -> int:
        """The code length."""
        return self.encoder.n_bits

    def encode(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Return the codes of raw vectors X of shape (n, d), shape (n, bits).

        Raises InputError if the number of features is wrong, or if a value is no number, is not finite, or is so large
        that it has no norm in double precision.
        """
        rows: NDArray[Any] = np.asarray(X)
        if rows.dtype.kind not in "biuf":
            raise InputError(f"X: {rows.dtype} (allowed: real numbers)")
        if rows.ndim != 2 or rows.shape[1] != len(self.mean):
            raise InputError(
                f"X: shape {rows.shape} (allowed: (n, {len(self.mean)}), the number of features of the run's dataset)"
            )
        codes = np.empty((len(rows), self.n_bits), np.bool_)
        for start in range(0, len(rows), CHUNK_ROWS):
            codes[start : start + CHUNK_ROWS] = self.encoder.encode(self._prepared(rows[start : start + CHUNK_ROWS]))
        return codes

    def _prepared(self, rows: NDArray[Any]) -> NDArray[np.float32]:
        centred = rows.astype(np.float64) - self.mean
        if not np.isfinite(centred).all():
            raise InputError("X: NaN or infinity among the features (allowed: finite numbers)")
        if not self.unit:
            if (np.abs(centred) > np.finfo(np.float32).max).any():
                raise InputError("X: too large (allowed: numbers in single precision)")
            return np.asarray(centred, np.float32)
        with np.errstate(over="ignore"):
            norms = np.linalg.norm(centred, axis=1, keepdims=True)
        if not np.isfinite(norms).all():
            raise InputError("X: too large (allowed: rows with a finite norm in double precision)")
        unit = np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 0)
        return np.asarray(unit, np.float32)


@dataclass(frozen=True)
class ImageEncoder:
    """Codes images with a run's final network, which contains all of its preprocessing."""

    encoder: Encoder = field(repr=False)

    def __str__(self) -> str:
        """Return what it codes in one line."""
        return f"Hash functions of {self.n_bits} bits for images, uint8 of shape (n, height, width, 3)"

    def _repr_html_(self) -> str:
        """Return the line for a notebook."""
        return html_text(self)

    @property
    def n_bits(self) -> int:
        """The code length."""
        return self.encoder.n_bits

    def encode(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Return the codes of images X, uint8 of shape (n, height, width, 3), shape (n, bits).

        Raises InputError if X are no such images, or if PyTorch or the weights of the network are missing.
        """
        images: NDArray[Any] = np.asarray(X)
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
            raise InputError(
                f"X: {images.dtype} of shape {images.shape} (allowed: images, uint8 of shape (n, height, width, 3))"
            )
        return self.encoder.encode(images)


def raw_encoder(record: RunRecord, method: Any, path: Path) -> RawEncoder | ImageEncoder:
    """Return the encoder of a finished run, for raw vectors or, if the run learned from images, for images.

    method: the class of the run's method, which restores the encoder from its arrays. Raises InputError, naming the
    file, if the run is not done or its file is too old to contain the preprocessing.
    """
    status = record.attributes["status"]
    if status != "done":
        raise InputError(f"{path}: the status of the run is {status} (allowed: done)")
    if "mean" not in record.preprocessing:
        raise InputError(f"{path}: the file is too old to contain the preprocessing (repeat the run with --rerun all)")
    arrays = {name: array for name, array in record.final.items() if name not in NOT_OF_ENCODERS}
    mean, encoder = np.asarray(record.preprocessing["mean"], np.float64), method.encoder_from(arrays)
    if not mean.size:
        return ImageEncoder(encoder)
    return RawEncoder(mean, encoder, unit=bool(np.all(record.preprocessing.get("unit", True))))


def preprocessing_of_images() -> dict[str, NDArray[Any]]:
    """Return what ``raw_encoder`` needs to know of a run on images, for the run file: there is no mean to subtract."""
    return {"mean": np.zeros(0)}


def preprocessing_of(mean: NDArray[np.float64], *, unit: bool) -> dict[str, NDArray[Any]]:
    """Return what ``raw_encoder`` needs of the dataset, for the run file: the mean, and ``unit`` if it is False."""
    return {"mean": mean} if unit else {"mean": mean, "unit": np.array([False])}

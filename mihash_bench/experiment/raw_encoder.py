"""A run's learned hash functions together with its preprocessing: codes of new raw vectors."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.encoders import CHUNK_ROWS, Encoder
from mihash_bench.errors import InputError
from mihash_bench.store.record import RunRecord

# Arrays in the final group of a run file that do not belong to the encoder.
PER_QUERY = frozenset({"ap_expected", "ap_index", "queries"})


@dataclass(frozen=True)
class RawEncoder:
    """Codes raw vectors with a run's final hash functions.

    A raw vector x of shape (d,) becomes ``(x - mean) / |x - mean|`` in single precision, the form in which the run saw
    its dataset, or zero where x equals the mean. The encoder makes the code of that. mean: (d,).
    """

    mean: NDArray[np.float64]
    encoder: Encoder

    @property
    def n_bits(self) -> int:
        """The code length."""
        return self.encoder.n_bits

    def encode(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Return the codes of raw vectors X of shape (n, d), shape (n, bits).

        Raises InputError for another number of features and for values that are not finite.
        """
        rows: NDArray[Any] = np.asarray(X)
        if rows.ndim != 2 or rows.shape[1] != len(self.mean):
            raise InputError(f"X: shape {rows.shape} (allowed: (n, {len(self.mean)}), as the run's dataset has it)")
        codes = np.empty((len(rows), self.n_bits), np.bool_)
        for start in range(0, len(rows), CHUNK_ROWS):
            codes[start : start + CHUNK_ROWS] = self.encoder.encode(self._prepared(rows[start : start + CHUNK_ROWS]))
        return codes

    def _prepared(self, rows: NDArray[Any]) -> NDArray[np.float32]:
        centred = rows.astype(np.float64) - self.mean
        if not np.isfinite(centred).all():
            raise InputError("X: NaN or infinity among the features (allowed: finite numbers)")
        norms = np.linalg.norm(centred, axis=1, keepdims=True)
        unit = np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 0)
        return np.asarray(unit, np.float32)


def raw_encoder(record: RunRecord, method: Any, path: Path) -> RawEncoder:
    """Return the encoder of a finished run.

    method: the class of the run's method, which restores the encoder from its arrays. Raises InputError, naming the
    file, for a run that is not done, and for one that was made before run files kept their preprocessing.
    """
    status = record.attributes["status"]
    if status != "done":
        raise InputError(f"{path}: its run is {status} (allowed: a run that is done)")
    if "mean" not in record.preprocessing:
        raise InputError(f"{path}: made before run files kept their preprocessing (allowed: run it again)")
    arrays = {name: array for name, array in record.final.items() if name not in PER_QUERY}
    return RawEncoder(np.asarray(record.preprocessing["mean"], np.float64), method.encoder_from(arrays))

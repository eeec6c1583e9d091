"""A method's snapshot, checked against the contract of a frozen encoder."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.encoders import Encoder, Lifting
from mihash_bench.errors import InputError

# Rows that are coded when a snapshot is taken and again when it is checked.
PROBE_ROWS = 16


class Snapshot:
    """The encoder that a method returned, with checks that its codes have the right form and never change.

    method: the method's name, for errors. n_bits: the code length of the run. features: anything of shape (n, d) of
    which slices of rows can be taken; the first 16 rows are coded at once. keep: take the digest of the arrays now.

    Raises InputError, naming the method, if the encoder's ``n_bits`` is not the code length of the run, if its arrays
    are not arrays of numbers, or if its codes are not a boolean matrix with one row of ``n_bits`` for each row.
    """

    def __init__(self, method: str, encoder: Encoder, n_bits: int, features: Any, *, keep: bool = True) -> None:
        if encoder.n_bits != n_bits:
            raise InputError(f"{method}: its snapshot has n_bits {encoder.n_bits} (allowed: {n_bits}, as in --bits)")
        self.method, self.encoder, self.n_bits = method, encoder, n_bits
        # In double precision, which is what methods learn from. The probe is a copy, so that it never changes either.
        self._probe = np.array(features[:PROBE_ROWS], np.float64)
        self._codes = self._probe_codes()
        self.arrays()
        self._digest: bytes | None = None
        if keep:
            self.keep()

    def keep(self) -> None:
        """Take the digest of the arrays, with which ``check_unchanged`` compares them later."""
        self._digest = self._digest or self._current_digest()

    @property
    def lifting(self) -> Lifting | None:
        """The encoder if its codes are computed from lifted features, and None otherwise."""
        return self.encoder if isinstance(self.encoder, Lifting) else None

    def encode(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the codes of the rows, shape (n, n_bits). Raises InputError if they have another form."""
        return self._checked(self.encoder.encode(X), len(X))

    def encode_lifted(self, features: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Do the same as ``encode``, from the lifted features of the rows."""
        lifting = self.lifting
        assert lifting is not None
        return self._checked(lifting.encode_lifted(features), len(features))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the encoder's arrays by name. Raises InputError if they are not arrays of numbers."""
        arrays = self.encoder.arrays()
        for name, array in arrays.items():
            if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
                found = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
                raise InputError(f"{self.method}: array {name} of its snapshot is {found} (allowed: arrays of numbers)")
        return arrays

    def check_unchanged(self) -> None:
        """Raise InputError if the arrays, or the codes of the first rows, have changed since the snapshot was taken."""
        self.check_codes()
        if self._digest is not None and self._current_digest() != self._digest:
            raise InputError(f"{self.method}: its snapshot changed after it was taken (allowed: frozen arrays)")

    def check_codes(self) -> None:
        """Raise InputError if the codes of the first rows have changed. This is quick, however large the arrays are."""
        if not np.array_equal(self._probe_codes(), self._codes):
            raise InputError(f"{self.method}: its snapshot changed after it was taken (allowed: frozen arrays)")

    def _probe_codes(self) -> NDArray[np.bool_]:
        with np.errstate(all="ignore"):  # hash functions that are not finite are reported as such
            return self.encode(self._probe)

    def _checked(self, codes: Any, rows: int) -> NDArray[np.bool_]:
        shape, allowed = np.shape(codes), (rows, self.n_bits)
        if not isinstance(codes, np.ndarray) or codes.dtype != np.bool_ or shape != allowed:
            found = f"{codes.dtype} of shape {shape}" if isinstance(codes, np.ndarray) else type(codes).__name__
            raise InputError(f"{self.method}: its codes are {found} (allowed: bool of shape {allowed})")
        return codes

    def _current_digest(self) -> bytes:
        digest = hashlib.sha256()
        for name, array in sorted(self.arrays().items()):
            digest.update(repr((name, array.dtype.str, array.shape)).encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.digest()

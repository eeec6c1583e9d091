"""Codes of all rows of a dataset, computed one chunk of rows at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words, pack
from mihash_bench.encoders import CHUNK_ROWS, Lifting
from mihash_bench.experiment.snapshot import Snapshot
from mihash_bench.experiment.stacking import Stack, stacked


class Coder:
    """Computes packed codes of features for several snapshots while reading the features once, in file order.

    features: an array of shape (n, d), or an object whose rows can be sliced like one. Snapshots of one kind are coded
    as one encoder with the bits of all of them (see ``stacking``). Kernel features are the same for all snapshots of a
    run. They are computed once for each chunk and kept for the next call if those of all rows take at most
    ``keep_bytes``.
    """

    def __init__(self, features: Any, *, keep_bytes: int = 0) -> None:
        self._features, self._keep_bytes = features, keep_bytes
        self._lifted: dict[int, NDArray[np.float64]] = {}

    def code(self, snapshots: Sequence[Snapshot]) -> list[Words]:
        """Return the packed codes of all rows for each snapshot, each of shape (n, words).

        Raises InputError, naming the method, if codes are not a boolean matrix of one row of bits for each row.
        """
        parts: list[list[Words]] = [[] for _ in snapshots]
        stack = stacked([snapshot.encoder for snapshot in snapshots])
        for start in range(0, len(self._features), CHUNK_ROWS):
            coded = self._code_chunk(start, snapshots) if stack is None else self._code_stack(start, stack)
            for part, words in zip(parts, coded, strict=True):
                part.append(words)
        return [np.concatenate(part) for part in parts]

    def _code_stack(self, start: int, stack: Stack) -> list[Words]:
        rows, encoder = self._features[start : start + CHUNK_ROWS], stack.encoder
        if isinstance(encoder, Lifting):
            bits = encoder.encode_lifted(self._lift(start, rows, encoder))
        else:
            bits = encoder.encode(rows)
        return [pack(part) for part in stack.parts(bits)]

    def _code_chunk(self, start: int, snapshots: Sequence[Snapshot]) -> list[Words]:
        rows = self._features[start : start + CHUNK_ROWS]
        lifting = snapshots[0].lifting
        if lifting is None:
            return [pack(snapshot.encode(rows)) for snapshot in snapshots]
        lifted = self._lift(start, rows, lifting)
        return [pack(snapshot.encode_lifted(lifted)) for snapshot in snapshots]

    def _lift(self, start: int, rows: NDArray[Any], encoder: Lifting) -> NDArray[np.float64]:
        if start in self._lifted:
            return self._lifted[start]
        lifted = encoder.lift(rows)
        if lifted.nbytes * len(self._features) / len(rows) <= self._keep_bytes:
            self._lifted[start] = lifted
        return lifted

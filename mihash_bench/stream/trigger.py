"""Trigger Update: rebuild the hash table only when the codes have become more informative.

MIHash (ICCV 2017), section 3.3. A plug-in for every method: it sees encoders and the reservoir, nothing else.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import hamming
from mihash_bench.information import information, plain_histograms
from mihash_bench.neighbors import Neighbors
from mihash_bench.stream.reservoir import ReservoirRows

UNCHANGED = 1e-6


class Encoder(Protocol):
    """A frozen hash function."""

    @property
    def W(self) -> NDArray[np.float64]:
        """The projection, shape (features, bits)."""
        ...

    def encode(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the codes of shape (n, bits)."""
        ...


@dataclass(frozen=True)
class Decision:
    """One look at whether to rebuild: Q of the current and of the table's functions (NaN if not needed)."""

    q_current: float
    q_snapshot: float
    updated: bool


class UpdatePolicy(Protocol):
    """What decides on table updates."""

    @property
    def uses_reservoir(self) -> bool:
        """Whether decisions look at the reservoir."""
        ...

    def decide(
        self, current: Encoder, snapshot: Encoder, reservoir: ReservoirRows | None, neighbors: Neighbors
    ) -> Decision:
        """Say whether the table is to be rebuilt with the current functions."""
        ...


def quality(
    encoder: Encoder, reservoir: ReservoirRows, neighbors: Neighbors, *, fold_last_levels: bool = False
) -> float:
    """Return Q: the mean over members r of I(D; C), in bits.

    D is the Hamming distance from r to every member, r itself included at distance 0; C says which are its
    neighbors. Plain histograms over the b + 1 distances; ``fold_last_levels`` counts distance b as b - 1, as
    the authors' release does, for replaying its decisions.
    """
    codes = encoder.encode(reservoir.X)
    n_bits = codes.shape[1]
    levels = hamming(codes, codes)
    if fold_last_levels:
        levels = np.minimum(levels, n_bits - 1)
    near = neighbors.between(reservoir.X, reservoir.y, reservoir.X, reservoir.y)
    return float(information(*plain_histograms(levels, near, n_bits)).mean())


def moved(current: Encoder, snapshot: Encoder) -> bool:
    """Say whether the projection differs from the table's: sum |W - Ws| of at least 1e-6."""
    return bool(np.abs(current.W - snapshot.W).sum() >= UNCHANGED)


@dataclass(frozen=True)
class AlwaysUpdate:
    """Trigger off: rebuild at every decision at which the functions have moved."""

    uses_reservoir: ClassVar[bool] = False

    def decide(
        self, current: Encoder, snapshot: Encoder, reservoir: ReservoirRows | None, neighbors: Neighbors
    ) -> Decision:
        """Look at the projections only; Q is not computed."""
        return Decision(float("nan"), float("nan"), moved(current, snapshot))


@dataclass(frozen=True)
class TriggerUpdate:
    """Trigger on: rebuild when ``Q(W) - Q(Ws) > threshold``, both on the reservoir as it is now, in bits."""

    uses_reservoir: ClassVar[bool] = True

    threshold: float = 0.0
    fold_last_levels: bool = False

    def decide(
        self, current: Encoder, snapshot: Encoder, reservoir: ReservoirRows | None, neighbors: Neighbors
    ) -> Decision:
        """Compare Q of both; functions that have not moved never cause an update.

        Raises ValueError without a member in the reservoir.
        """
        if reservoir is None or len(reservoir) == 0:
            raise ValueError("trigger: the reservoir has no member to judge by")
        q_snapshot = quality(snapshot, reservoir, neighbors, fold_last_levels=self.fold_last_levels)
        if not moved(current, snapshot):
            return Decision(q_snapshot, q_snapshot, False)
        q_current = quality(current, reservoir, neighbors, fold_last_levels=self.fold_last_levels)
        return Decision(q_current, q_snapshot, q_current - q_snapshot > self.threshold)

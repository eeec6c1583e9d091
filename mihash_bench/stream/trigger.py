"""Trigger Update: rebuild the hash table only when the codes have become more informative.

MIHash (ICCV 2017), section 3.3. It works with every method because it uses only encoders and the reservoir.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from mihash_bench.codes import hamming
from mihash_bench.encoders import Encoder
from mihash_bench.information import information, plain_histograms
from mihash_bench.neighbors import Neighbors
from mihash_bench.stream.reservoir import ReservoirRows

UNCHANGED = 1e-6


@dataclass(frozen=True)
class Decision:
    """Whether the table is rebuilt, and Q of the current functions and of the table's (NaN if not computed)."""

    q_current: float
    q_snapshot: float
    updated: bool


class UpdatePolicy(Protocol):
    """A rule that decides when the hash table is rebuilt."""

    @property
    def uses_reservoir(self) -> bool:
        """Whether decisions depend on the reservoir."""
        ...

    def decide(
        self, current: Encoder, snapshot: Encoder, reservoir: ReservoirRows | None, neighbors: Neighbors
    ) -> Decision:
        """Decide whether to rebuild the table, which was built with ``snapshot``, with the ``current`` functions."""
        ...


def quality(
    encoder: Encoder, reservoir: ReservoirRows, neighbors: Neighbors, *, fold_last_levels: bool = False
) -> float:
    """Return Q, the mean of I(D; C) over the members r of the reservoir, in bits.

    D is the Hamming distance from r to every member, including r itself at distance 0; C indicates which members are
    neighbors of r. The histograms have one bin for each of the b + 1 distances. With ``fold_last_levels``, distance b
    is counted as b - 1, as in the authors' code; use it to reproduce the decisions of that code.
    """
    codes = encoder.encode(reservoir.X)
    n_bits = codes.shape[1]
    levels = hamming(codes, codes)
    if fold_last_levels:
        levels = np.minimum(levels, n_bits - 1)
    near = neighbors.between(reservoir.X, reservoir.y, reservoir.X, reservoir.y)
    return float(information(*plain_histograms(levels, near, n_bits)).mean())


def moved(current: Encoder, snapshot: Encoder) -> bool:
    """Return whether two encoders differ: the sum of ``|a - b|`` over all elements of all arrays is at least 1e-6.

    Encoders whose arrays have different names or shapes always differ.
    """
    arrays, others = current.arrays(), snapshot.arrays()
    if {name: a.shape for name, a in arrays.items()} != {name: b.shape for name, b in others.items()}:
        return True
    # Arrays that learning never changes, such as anchors, are shared by all snapshots of a run.
    pairs = ((a, others[name]) for name, a in arrays.items() if a is not others[name])
    return bool(sum(np.abs(np.subtract(a, b, dtype=np.float64)).sum() for a, b in pairs) >= UNCHANGED)


@dataclass(frozen=True)
class AlwaysUpdate:
    """Trigger off: rebuild at every decision at which the functions differ from the table's."""

    uses_reservoir: ClassVar[bool] = False

    def decide(
        self, current: Encoder, snapshot: Encoder, reservoir: ReservoirRows | None, neighbors: Neighbors
    ) -> Decision:
        """Compare the encoders only; Q is not computed."""
        return Decision(float("nan"), float("nan"), moved(current, snapshot))


@dataclass(frozen=True)
class TriggerUpdate:
    """Trigger on: rebuild when ``Q(current) - Q(snapshot) > threshold``, in bits, on the reservoir at this moment."""

    uses_reservoir: ClassVar[bool] = True

    threshold: float = 0.0
    fold_last_levels: bool = False

    def decide(
        self, current: Encoder, snapshot: Encoder, reservoir: ReservoirRows | None, neighbors: Neighbors
    ) -> Decision:
        """Compare Q of both encoders; equal encoders never cause an update.

        Raises ValueError if the reservoir is missing or empty.
        """
        if reservoir is None or len(reservoir) == 0:
            raise ValueError("trigger: the reservoir is empty (allowed: at least one member)")
        q_snapshot = quality(snapshot, reservoir, neighbors, fold_last_levels=self.fold_last_levels)
        if not moved(current, snapshot):
            return Decision(q_snapshot, q_snapshot, False)
        q_current = quality(current, reservoir, neighbors, fold_last_levels=self.fold_last_levels)
        return Decision(q_current, q_snapshot, q_current - q_snapshot > self.threshold)

"""MIHash: gradient ascent on the mutual information between Hamming distance and neighborhood.

All steps, and so the gradient, are computed in one compiled kernel, ``_mihash_kernel.run_steps``, which takes a block
of examples at a time; a single step is a block of one.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.cost import Cost
from mihash_bench.methods.base import Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.parameters import Choice, Constraint, Integer, Real
from mihash_bench.search_space import LogUniform, OneOf, Span
from mihash_bench.stream.reservoir import ReservoirHistory

SATURATION = 42.0
# Maximum number of steps in one kernel call: memory for the inner products of a block grows with its square.
BLOCK_STEPS = 100


def relaxed_bits(z: Floats, scale: float) -> Floats:
    """Return the relaxed bits ``s(z) = 1 / (1 + exp(-A z))`` in (0, 1), elementwise; A z is clipped to [-42, 42].

    MIHash, ICCV 2017, section 3.2. The kernel of the online method computes the same function.
    """
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scale * z, -SATURATION, SATURATION))))


class _Members:
    """The members of the reservoir over one block, with free slots for members that are added during the block.

    ``slots[t]`` is the slot that row t of the block takes after its step, or -1 if it does not enter the reservoir.
    """

    def __init__(self, history: ReservoirHistory, X: Floats, y: NDArray[Any] | None) -> None:
        self.X_block, self.y_block = X, y
        self.slots = np.full(len(X), -1, np.int64)
        for swaps in history.swaps:
            for slot, row in swaps:
                self.slots[row] = slot
        self.count = len(history.before)
        free = max(0, int(self.slots.max(initial=-1)) + 1 - self.count)
        self.X = _with_slots(np.asarray(history.before.X, np.float64), free, len(X))
        self.y = None
        if y is not None and history.before.y is not None:
            # This type can hold the labels of the block as well.
            kind = np.result_type(history.before.y, y)
            self.y = _with_slots(history.before.y.astype(kind, copy=False), free, len(X))

    def advance(self, rows: slice) -> None:
        """Move the learned rows of one part into their slots, unless it was the last part of the block."""
        if rows.stop == len(self.X_block):
            return
        for row in range(rows.start, rows.stop):
            slot = int(self.slots[row])
            if slot >= 0:
                self.X[slot] = self.X_block[row]
                if self.y is not None and self.y_block is not None:
                    self.y[slot] = self.y_block[row]
                self.count = max(self.count, slot + 1)


def _with_slots(members: NDArray[Any], free: int, rows: int) -> NDArray[Any]:
    """Return the members followed by free slots; a copy is made only if the block has several parts or slots."""
    if not free and rows <= BLOCK_STEPS:
        return members
    return np.concatenate([members, np.zeros((free, *members.shape[1:]), members.dtype)])


class MIHash(OnlineHasher):
    """Online MIHash (Cakir, He, Bargal, Sclaroff, ICCV 2017, section 3.2), one example per step.

    With relaxed bits ``s(z)`` and codes ``phi = 2 s - 1``, the relaxed distance of the new example x to member r
    of the reservoir is ``h_r = (b - <phi(xW), phi(rW)>) / 2``. I(D; C) is computed from soft histograms of the h_r with
    K bins. The step is ``W <- W - eta_t x^T g`` with ``g = -dI/dphi * dphi/dz`` and ``eta_t = step/(1 + decay t)``,
    where t = 1 at the first step. The codes of the reservoir are held constant.

    Parameters
    ----------
    n_bins : number K of bins of the histograms of distances.
    sigmoid_scale : scale A of the relaxed bits; the larger it is, the closer they are to 0 and 1.
    step_size : factor of the gradient before decay.
    decay : how fast the step falls; 0 keeps it constant.
    gradient : ``exact``: ``dh_r/dphi = -(2 s(rW) - 1)/2`` and ``dphi/dz = 2 A s (1 - s)``, the derivative of the
        relaxed objective. ``released``: ``dh_r/dphi = -s(rW)/2`` and ``A s (1 - s)``, as in the authors' code. That
        gradient is about a quarter as long; use it to compare with results of that code.
    """

    name = "mihash"
    title = "MIHash"
    version = 2
    citation = "cakir2017mihash"
    cost = Cost(
        "O(r (d + b) + d b + K) an example and O(r d b) a block of 100, with K bins, r in the reservoir",
        "O(d b) for the projection, O(r d) for the reservoir",
    )
    uses_reservoir = True
    constraints: ClassVar[dict[str, Constraint]] = {
        "n_bins": Integer(1, 4096),
        "sigmoid_scale": Real(0, above=True),
        "step_size": Real(0, above=True),
        "decay": Real(0),
        "gradient": Choice(("exact", "released")),
    }
    search: ClassVar[Mapping[str, Span]] = {
        "step_size": LogUniform(0.1, 10),
        "sigmoid_scale": OneOf((5.0, 10.0, 20.0, 40.0)),
        "decay": OneOf((0.0, 1e-4, 1e-3)),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        n_bins: int = 16,
        sigmoid_scale: float = 10.0,
        step_size: float = 1.0,
        decay: float = 0.0,
        gradient: str = "exact",
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.n_bins = n_bins
        self.sigmoid_scale = sigmoid_scale
        self.step_size = step_size
        self.decay = decay
        self.gradient = gradient
        self.random_state = random_state

    def _fit_block(
        self, X: Floats, y: NDArray[Any] | None, neighbors: Neighbors, reservoir: ReservoirHistory | None
    ) -> None:
        assert reservoir is not None  # checked by partial_fit
        members = _Members(reservoir, X, y)
        for start in range(0, len(X), BLOCK_STEPS):
            self._fit_part(members, slice(start, min(start + BLOCK_STEPS, len(X))), neighbors)

    def _fit_part(self, members: _Members, rows: slice, neighbors: Neighbors) -> None:
        # Imported late so that listing parameters does not load numba.
        from mihash_bench.methods._mihash_kernel import run_steps

        X, y = members.X_block[rows], None if members.y_block is None else members.y_block[rows]
        R, y_R, slots = members.X, members.y, members.slots[rows]
        rates = self.step_size / (1.0 + self.decay * (self.steps_ + 1.0 + np.arange(len(X))))
        changes = np.empty((len(X), self.n_bits))
        run_steps(
            np.ascontiguousarray(R @ self.W_), np.ascontiguousarray(X @ self.W_), np.ascontiguousarray(R @ X.T),
            np.ascontiguousarray(X @ X.T), np.ascontiguousarray(neighbors.between(X, y, R, y_R)),
            np.ascontiguousarray(neighbors.between(X, y, X, y)), members.count, slots, self.n_bins,
            self.sigmoid_scale, SATURATION, self.gradient == "released", rates, changes,
        )  # fmt: skip
        self.W_ -= X.T @ changes
        self.steps_ += len(X)
        members.advance(rows)

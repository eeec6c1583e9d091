"""MIHash: gradient ascent on the mutual information between Hamming distance and neighborhood."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.information import soft_information_slope
from mihash_bench.methods.base import Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.parameters import Choice, Constraint, Integer, Real
from mihash_bench.stream.reservoir import ReservoirHistory, ReservoirRows

SATURATION = 42.0
# Steps that run on small matrices together: the inner products of a block take the square of it.
BLOCK_STEPS = 100


def relaxed_bits(z: Floats, scale: float) -> Floats:
    """Return ``s(z) = 1 / (1 + exp(-A z))`` in (0, 1), with A z clipped to +-42."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scale * z, -SATURATION, SATURATION))))


class _Members:
    """The reservoir over a block: its places filled or still free, and which of them each row of the block takes."""

    def __init__(self, history: ReservoirHistory, X: Floats, y: NDArray[Any] | None) -> None:
        self.X_block, self.y_block = X, y
        self.places = np.full(len(X), -1, np.int64)
        for swaps in history.swaps:
            for place, row in swaps:
                self.places[row] = place
        self.count = len(history.before)
        free = max(0, int(self.places.max(initial=-1)) + 1 - self.count)
        self.X = _with_places(np.asarray(history.before.X, np.float64), free, len(X))
        self.y = None
        if y is not None and history.before.y is not None:
            # Of a type that holds the block's labels as well.
            kind = np.result_type(history.before.y, y)
            self.y = _with_places(history.before.y.astype(kind, copy=False), free, len(X))

    def advance(self, rows: slice) -> None:
        """Let the rows of a part that has been learned take their places, if another part follows."""
        if rows.stop == len(self.X_block):
            return
        for row in range(rows.start, rows.stop):
            place = int(self.places[row])
            if place >= 0:
                self.X[place] = self.X_block[row]
                if self.y is not None and self.y_block is not None:
                    self.y[place] = self.y_block[row]
                self.count = max(self.count, place + 1)


def _with_places(members: NDArray[Any], free: int, rows: int) -> NDArray[Any]:
    """Return the members with free places behind them; what is in them is only changed where a block has parts."""
    if not free and rows <= BLOCK_STEPS:
        return members
    return np.concatenate([members, np.zeros((free, *members.shape[1:]), members.dtype)])


class MIHash(OnlineHasher):
    """Online MIHash (Cakir, He, Bargal, Sclaroff, ICCV 2017, section 3.2), one example a step.

    With relaxed bits ``s(z)`` and codes ``phi = 2 s - 1``, the relaxed distance of the new example x to member r
    of the reservoir is ``h_r = (b - <phi(xW), phi(rW)>) / 2``. I(D; C) comes from soft histograms of the h_r over
    K bins. The step is ``W <- W - eta_t x^T g``, ``g = -dI/dphi * dphi/dz``, ``eta_t = step/(1 + decay t)``, t = 1 at
    the first step; the reservoir's codes are held constant.

    gradient:

    * ``exact``: ``dh_r/dphi = -(2 s(rW) - 1)/2`` and ``dphi/dz = 2 A s (1 - s)``, the derivative of the relaxed
      objective;
    * ``released``: ``dh_r/dphi = -s(rW)/2`` and ``A s (1 - s)``, what the authors' code does, about a quarter as
      long; for comparing with figures made by it.

    Parameters: n_bins K; sigmoid_scale A; step_size eta; decay.
    """

    name = "mihash"
    title = "MIHash"
    version = 2
    citation = "cakir2017mihash"
    uses_reservoir = True
    block_form_of = ("_bit_gradient",)
    constraints: ClassVar[dict[str, Constraint]] = {
        "n_bins": Integer(1, 4096),
        "sigmoid_scale": Real(0, above=True),
        "step_size": Real(0, above=True),
        "decay": Real(0),
        "gradient": Choice(("exact", "released")),
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

    def _step(
        self, X: Floats, y: NDArray[Any] | None, *, neighbors: Neighbors, reservoir: ReservoirRows | None
    ) -> None:
        if reservoir is None or len(reservoir) == 0:
            return
        near = neighbors.between(X, y, reservoir.X, reservoir.y)[0]
        gradient = self._bit_gradient((X @ self.W_)[0], reservoir.X @ self.W_, near)
        rate = self.step_size / (1.0 + self.decay * self.steps_)
        self.W_ -= rate * np.outer(X[0], gradient)

    def _fit_block(
        self, X: Floats, y: NDArray[Any] | None, neighbors: Neighbors, reservoir: ReservoirHistory | None
    ) -> None:
        """Run the steps of a block on small matrices (``mihash_steps``): equal to the loop but for rounding."""
        assert reservoir is not None
        members = _Members(reservoir, X, y)
        for start in range(0, len(X), BLOCK_STEPS):
            self._fit_part(members, slice(start, min(start + BLOCK_STEPS, len(X))), neighbors)

    def _fit_part(self, members: "_Members", rows: slice, neighbors: Neighbors) -> None:
        # Compiled code, which who only asks for parameters need not load.
        from mihash_bench.methods.mihash_steps import run_steps

        X, y = members.X_block[rows], None if members.y_block is None else members.y_block[rows]
        R, y_R, places = members.X, members.y, members.places[rows]
        rates = self.step_size / (1.0 + self.decay * (self.steps_ + 1.0 + np.arange(len(X))))
        changes = np.empty((len(X), self.n_bits))
        run_steps(
            np.ascontiguousarray(R @ self.W_), np.ascontiguousarray(X @ self.W_), np.ascontiguousarray(R @ X.T),
            np.ascontiguousarray(X @ X.T), np.ascontiguousarray(neighbors.between(X, y, R, y_R)),
            np.ascontiguousarray(neighbors.between(X, y, X, y)), members.count, places, self.n_bins,
            self.sigmoid_scale, SATURATION, self.gradient == "released", rates, changes,
        )  # fmt: skip
        self.W_ -= X.T @ changes
        self.steps_ += len(X)
        members.advance(rows)

    def _bit_gradient(self, z: Floats, Z: Floats, near: NDArray[np.bool_]) -> Floats:
        """Return ``g = -dI/dz`` of shape (bits,), from the projections z of the example and Z (r, bits) of the
        reservoir."""
        s, S = relaxed_bits(z, self.sigmoid_scale), relaxed_bits(Z, self.sigmoid_scale)
        distances = (self.n_bits - (2 * S - 1) @ (2 * s - 1)) / 2
        slope = soft_information_slope(distances, near, self.n_bits, self.n_bins)
        ds = self.sigmoid_scale * s * (1 - s)
        if self.gradient == "released":
            return np.asarray(-0.5 * (slope @ S) * ds)
        return np.asarray(-0.5 * (slope @ (2 * S - 1)) * 2 * ds)

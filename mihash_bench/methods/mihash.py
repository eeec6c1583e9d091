"""MIHash: gradient ascent on the mutual information between Hamming distance and neighborhood."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.information import soft_information_slope
from mihash_bench.methods.base import Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.parameters import Choice, Constraint, Integer, Real
from mihash_bench.stream.reservoir import ReservoirRows

SATURATION = 42.0


def relaxed_bits(z: Floats, scale: float) -> Floats:
    """Return ``s(z) = 1 / (1 + exp(-A z))`` in (0, 1), with A z clipped to +-42."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scale * z, -SATURATION, SATURATION))))


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
    citation = "cakir2017mihash"
    uses_reservoir = True
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

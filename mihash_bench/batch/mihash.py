"""Batch MIHash: gradient ascent on the mutual information within each mini-batch."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.batch._single_layer import LAYER_CONSTRAINTS, SingleLayer
from mihash_bench.batch.base import Floats, Labels
from mihash_bench.cost import Cost
from mihash_bench.methods.mihash import SATURATION
from mihash_bench.neighbors import SharedLabels
from mihash_bench.parameters import Constraint, Integer, Real
from mihash_bench.search_space import LogUniform, OneOf, Span

RATE_HALVES_EVERY = 10  # epochs


def batch_information(U: Floats, near: NDArray[np.bool_], n_bins: int, scale: float) -> Floats:
    """Return I(D; C) of each point of a mini-batch with respect to all other points, shape (N,), in bits.

    U: outputs, shape (N, bits). near: which points are neighbors, shape (N, N). With ``phi = 2 s(A u) - 1``, the
    relaxed distance is ``D_ij = (b - <phi_i, phi_j>) / 2``. MIHash, ICCV 2017, eq. 2 to 7.
    """
    # Imported late so that listing parameters does not load numba.
    from mihash_bench.batch._mihash_kernel import write_information

    phi, information = relaxed_codes(U, scale), np.empty(len(U))
    write_information(phi @ phi.T, near, U.shape[1], n_bins, information)
    return information


def batch_information_gradient(U: Floats, near: NDArray[np.bool_], n_bins: int, scale: float) -> Floats:
    """Return ``d(-sum_i I_i)/dU``, shape (N, bits), in bits per unit of output.

    Both points of a pair are anchors once: with ``S_ij = -dI_i/dD_ij``, the gradient with respect to phi is
    ``-1/2 (S + S^T) phi``, and ``dphi/du = 2 A s (1 - s) = A (1 - phi^2) / 2``. A point whose others are all neighbors
    or all non-neighbors contributes nothing.
    """
    # Imported late so that listing parameters does not load numba.
    from mihash_bench.batch._mihash_kernel import write_slopes

    phi, slopes = relaxed_codes(U, scale), np.empty((len(U), len(U)))
    write_slopes(phi @ phi.T, near, U.shape[1], n_bins, slopes)
    by_phi = -0.5 * ((slopes + slopes.T) @ phi)
    return np.asarray(by_phi * (0.5 * scale) * (1 - phi * phi))


def relaxed_codes(U: Floats, scale: float) -> Floats:
    """Return the relaxed codes ``phi = 2 s(A u) - 1`` in [-1, 1], shape (N, bits); see ``relaxed_bits``."""
    # Imported late so that listing parameters does not load numba.
    from mihash_bench.methods._mihash_kernel import relax

    phi = np.empty_like(U)
    relax(U, len(U), scale, SATURATION, phi)
    return phi


class MIHash(SingleLayer):
    """Batch MIHash (Cakir, He, Bargal, Sclaroff, ICCV 2017), a single layer on fixed features.

    Each mini-batch of N points descends along the gradient of ``-sum_i I_i / N``, where I_i is the mutual information
    between the relaxed distances from point i to the other points of the batch and their being neighbors of i. W is
    initialised from N(0, 2/d) and the bias with 0. The momentum is 0.9. The learning rate halves every 10 epochs; that
    of the bias is a tenth of it. Weight decay applies to both.

    The reported objective is ``-mean I_i`` over the training points, in bits, with a fixed division into batches.

    Parameters
    ----------
    n_bins : number K of bins of the histograms of distances.
    sigmoid_scale : scale A of the relaxed bits; the larger it is, the closer they are to 0 and 1.
    batch_size : number N of training points in each mini-batch; each of them is compared with all others.
    learning_rate : learning rate of the first epoch; it halves every 10 epochs.
    """

    name = "mihash"
    title = "MIHash"
    citation = "cakir2017mihash"
    version = 3
    cost = Cost(
        "O(n d b + n N (b + K)) an epoch, with batches of N points and K bins",
        "O(n d) for the training points, O(N^2 K) for a batch",
    )
    rounding = 0.03
    momentum = 0.9
    bias_rate = 0.1
    constraints: ClassVar[Mapping[str, Constraint]] = {
        **LAYER_CONSTRAINTS,
        "n_bins": Integer(1, 4096),
        "sigmoid_scale": Real(0, above=True),
    }
    search: ClassVar[Mapping[str, Span]] = {
        "learning_rate": LogUniform(0.01, 1),
        "sigmoid_scale": OneOf((10.0, 20.0, 40.0)),
        "weight_decay": LogUniform(1e-5, 1e-2),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        n_bins: int = 16,
        sigmoid_scale: float = 40.0,
        epochs: int = 100,
        batch_size: int = 100,
        learning_rate: float = 0.1,
        weight_decay: float = 5e-4,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.n_bins = n_bins
        self.sigmoid_scale = sigmoid_scale
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.random_state = random_state

    def _draw(self, n_features: int) -> tuple[Floats, Floats]:
        W = self.random_.normal(0.0, np.sqrt(2.0 / n_features), (n_features, self.n_bits))
        return W, np.zeros(self.n_bits)

    def _rate(self, epoch: int) -> float:
        return self.learning_rate * 0.5 ** (epoch // RATE_HALVES_EVERY)

    def _near(self, rows: Labels) -> NDArray[np.bool_]:
        y = self.y_[rows]
        return SharedLabels().between(None, y, None, y)

    def gradient(self, rows: Labels, U: Floats) -> Floats:
        """Return ``d(-sum_i I_i)/dU / N`` for a batch of N points, shape (N, bits)."""
        if len(rows) < 2:
            return np.zeros_like(U)
        return batch_information_gradient(U, self._near(rows), self.n_bins, self.sigmoid_scale) / len(rows)

    def objective_of(self, U: Floats) -> float:
        """Return ``-mean I_i`` in bits; the division into batches is the same at each call."""
        order = np.random.default_rng(0).permutation(len(U))
        parts = [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]
        each = [batch_information(U[r], self._near(r), self.n_bins, self.sigmoid_scale) for r in parts if len(r) > 1]
        return -float(np.concatenate(each).mean())

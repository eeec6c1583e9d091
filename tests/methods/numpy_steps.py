"""The steps of the methods that run in a compiled kernel, one at a time in plain NumPy, as the papers define them."""

import math

import numpy as np

from mihash_bench.information import soft_information_slope
from mihash_bench.methods._labels import labels_of
from mihash_bench.methods.adapthash import AdaptHash
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.methods.hcoh import HCOH
from mihash_bench.methods.hmoh import HMOH
from mihash_bench.methods.mihash import MIHash, relaxed_bits
from mihash_bench.methods.okh import OKH
from mihash_bench.methods.osh import OSH
from mihash_bench.methods.ridge import Ridge


class NumpyMIHash(MIHash):
    _fit_block = OnlineHasher._fit_block

    def _step(self, X, y, *, neighbors, reservoir):
        if len(reservoir) == 0:
            return
        near = neighbors.between(X, y, reservoir.X, reservoir.y)[0]
        gradient = self._bit_gradient((X @ self.W_)[0], reservoir.X @ self.W_, near)
        rate = self.step_size / (1 + self.decay * self.steps_)
        self.W_ -= rate * np.outer(X[0], gradient)

    def _bit_gradient(self, z, Z, near):
        """Return ``-dI/dz`` from the projections z of the example and Z of the members."""
        s, S = relaxed_bits(z, self.sigmoid_scale), relaxed_bits(Z, self.sigmoid_scale)
        distances = (self.n_bits - (2 * S - 1) @ (2 * s - 1)) / 2
        slope = soft_information_slope(distances, near, self.n_bits, self.n_bins)
        ds = self.sigmoid_scale * s * (1 - s)
        if self.gradient == "released":
            return -0.5 * (slope @ S) * ds
        return -0.5 * (slope @ (2 * S - 1)) * 2 * ds


class NumpyOSH(OSH):
    _fit_block = OnlineHasher._fit_block

    def _step(self, X, y, *, neighbors, reservoir):
        labels = [int(y[0])] if y.ndim == 1 else np.flatnonzero(y[0]).tolist()
        targets = [self._code_of(label) for label in labels]
        for target in targets:
            if self.boosting:
                self._boost(X[0], target)
            else:
                self._hinge(X[0], target)

    def _boost(self, x, target):
        weight = 1.0
        for j in range(self.n_bits):
            self.W_[:, j] += self.step_size * weight * np.exp(-target[j] * (x @ self.W_[:, j])) * target[j] * x
            weight *= np.exp(-target[j] * (x @ self.W_[:, j]))

    def _hinge(self, x, target):
        self.W_ += self.step_size * np.outer(x, target * (target * (x @ self.W_) < 1))


class NumpyRidge(Ridge):
    _fit_block = OnlineHasher._fit_block

    def _step(self, X, y, *, neighbors, reservoir):
        labels = labels_of(y[0])
        if not labels:
            return
        if not self.has_learned_:
            self.W_, self.has_learned_ = np.zeros_like(self.W_), True
        x, t = X[0], self._target(labels)
        gain = self.K_ @ x / (1 + x @ self.K_ @ x)
        self.W_ += np.outer(gain, t - x @ self.W_)
        self.K_ -= np.outer(gain, self.K_ @ x)


class NumpyHCOH(HCOH):
    _fit_block = OnlineHasher._fit_block

    def _step(self, X, y, *, neighbors, reservoir):
        places, targets = self.targets_.of_block(y)
        if len(places):
            F = np.tanh(X[places] @ self.W_)
            self.W_ -= self.step_size / len(places) * X[places].T @ ((F - targets) * (1 - F * F))


class NumpyHMOH(HMOH):
    _fit_block = OnlineHasher._fit_block

    def _step(self, X, y, *, neighbors, reservoir):
        places, targets = self.targets_.of_block(y)
        if len(places):
            wrong = np.where(X[0] @ self.W_ > 0, 1, -1) != targets[0]
            change = self.step_size * np.outer(X[0], targets[0] * wrong)
            self.W_ += change
            self.delay_ += self.learned_ * change
            self.learned_ += 1


def are_similar(X, y, neighbors):
    labels = (None, None) if y is None else (y[:1], y[1:])
    return bool(neighbors.between(X[:1], labels[0], X[1:], labels[1])[0, 0])


class NumpyAdaptHash(AdaptHash):
    _fit_block = OnlineHasher._fit_block

    def _step(self, X, y, *, neighbors, reservoir):
        similar = are_similar(X, y, neighbors)
        Z = X @ self.W_
        chosen = self._chosen_bits(Z, similar)
        if len(chosen):
            W = self.W_ - self._gradient(X, Z, chosen, similar)
            W = W - self.regularization * self.W_ @ (self.W_.T @ self.W_ - np.eye(self.n_bits))
            self.W_ = W / np.linalg.norm(W, axis=0)

    def _gradient(self, X, Z, chosen, similar):
        """Return the gradient in the columns of the chosen bits, times the step size."""
        gradient = np.zeros_like(self.W_)
        f, q = 2 / (1 + np.exp(-Z)) - 1, np.exp(-Z) / (1 + np.exp(-Z)) ** 2
        error = 2 * (f[0] @ f[1] - self.n_bits * (1 if similar else -1))
        for k in chosen:
            gradient[:, k] = X[0] * 2 * f[1, k] * q[0, k] + X[1] * 2 * f[0, k] * q[1, k]
        return self.step_size * error * gradient


class NumpyOKH(OKH):
    _fit_block = OnlineHasher._fit_block

    def _step(self, X, y, *, neighbors, reservoir):
        kappa = self.kernel_.transform(X)
        Z = kappa @ self.W_
        H = np.where(Z > 0, 1.0, -1.0)
        G, loss = self._targets(Z, H, are_similar(X, y, neighbors))
        if loss > 0:
            T = kappa.T @ (G - H)
            margin = ((H - G) * Z).sum() + math.sqrt(loss)
            self.W_ += min(self.C, margin / (T * T).sum()) * T


ORACLES = {
    AdaptHash: NumpyAdaptHash, OKH: NumpyOKH,
    HCOH: NumpyHCOH, HMOH: NumpyHMOH, MIHash: NumpyMIHash, OSH: NumpyOSH, Ridge: NumpyRidge,
}  # fmt: skip

"""The solver of VDSH that trains the network layer by layer, with quadratic penalties instead of constraints."""

from collections.abc import Iterator

import numpy as np

from mihash_bench.batch._relu_network import Layers, Weights, forward, relu
from mihash_bench.batch.base import Floats

RIDGE = 1e-3


def best_inputs(Z: Floats, T: Floats) -> Floats:
    """Return the u that minimises ``(z - max(0, u))^2 + (u - t)^2``, elementwise and exactly.

    For u >= 0 the minimum is at ``max(0, (z + t) / 2)``, for u <= 0 at ``min(0, t)``; the better of both is returned.
    """
    above, below = np.maximum(0, (Z + T) / 2), np.minimum(0, T)
    cost_above, cost_below = (Z - above) ** 2 + (above - T) ** 2, Z**2 + (below - T) ** 2
    return np.where(cost_above < cost_below, above, below)


def best_outputs(F: Floats, weight: float, target: Floats, W: Floats) -> Floats:
    """Return the Z that minimises ``weight |Z - F|^2 + |target - Z W|^2``, shape (n, inputs of W)."""
    gram = W @ W.T + weight * np.eye(len(W))
    return np.asarray(np.linalg.solve(gram, (weight * F + target @ W.T).T).T)


def ridge_fit(Z: Floats, target: Floats, ridge: float) -> tuple[Floats, Floats]:
    """Return the W and c that minimise ``|target - Z W - c|^2 + ridge (|W|^2 + |c|^2)``."""
    ones = np.column_stack([Z, np.ones(len(Z))])
    found = np.linalg.solve(ones.T @ ones + ridge * np.eye(ones.shape[1]), ones.T @ target)
    return np.asarray(found[:-1]), np.asarray(found[-1])


class Penalty:
    """Minimises the penalty objective J over the network, a classifier, and free variables of the training points.

    With layers (W_m, c_m), a classifier (V, v), free variables U_m and Z_m, and ``Z_0 = X``,
    ``J = |Y - Z_M V - v|^2 + mu sum_m (|Z_m - max(0, U_m)|^2 + |U_m - Z_(m-1) W_m - c_m|^2) + R``. R is 0.001 times the
    sum of the squares of all weights and biases, of which those of the layers are multiplied by mu. A round updates the
    classifier and then, from the top layer to the first, Z_m, U_m and the weights. Each of these blocks is minimised
    exactly, so that J never increases.

    layers: the initial layers; the last one is the classifier, which is replaced by its optimum. weight: mu.
    """

    def __init__(self, layers: Layers, X: Weights, Y: Weights, weight: float) -> None:
        self.layers = [(np.array(W, np.float64), np.array(bias, np.float64)) for W, bias in layers[:-1]]
        self.weight, self._Y = weight, Y
        self.U: list[Floats] = []
        self.Z = [X]
        for W, bias in self.layers:
            self.U.append(self.Z[-1] @ W + bias)
            self.Z.append(relu(self.U[-1]))
        self.classifier = ridge_fit(self.Z[-1], Y, RIDGE)

    def rounds(self, number: int) -> Iterator[None]:
        """Do a number of rounds, and yield after each of them."""
        for _ in range(number):
            self.update_classifier()
            for m in range(len(self.layers) - 1, -1, -1):
                self.update_outputs(m)
                self.update_inputs(m)
                self.update_weights(m)
            yield

    def update_classifier(self) -> None:
        """Minimise J over V and v."""
        self.classifier = ridge_fit(self.Z[-1], self._Y, RIDGE)

    def update_outputs(self, m: int) -> None:
        """Minimise J over the outputs Z of layer m; the first layer is 0."""
        if m == len(self.layers) - 1:
            (W, bias), target, weight = self.classifier, self._Y, self.weight
        else:
            (W, bias), target, weight = self.layers[m + 1], self.U[m + 1], 1.0
        self.Z[m + 1] = best_outputs(relu(self.U[m]), weight, target - bias, W)

    def update_inputs(self, m: int) -> None:
        """Minimise J over the inputs U of the rectifiers of layer m."""
        W, bias = self.layers[m]
        self.U[m] = best_inputs(self.Z[m + 1], self.Z[m] @ W + bias)

    def update_weights(self, m: int) -> None:
        """Minimise J over the weights and biases of layer m."""
        self.layers[m] = ridge_fit(self.Z[m], self.U[m], RIDGE)

    def objective(self) -> float:
        """Return J."""
        V, v = self.classifier
        total = ((self._Y - self.Z[-1] @ V - v) ** 2).sum() + RIDGE * ((V**2).sum() + (v**2).sum())
        for (W, bias), U, before, Z in zip(self.layers, self.U, self.Z[:-1], self.Z[1:], strict=True):
            apart = ((Z - relu(U)) ** 2).sum() + ((U - before @ W - bias) ** 2).sum()
            total += self.weight * (apart + RIDGE * ((W**2).sum() + (bias**2).sum()))
        return float(total)

    def hash_layers(self) -> Layers:
        """Return the layers from the features to the bits; a bit is set where its output exceeds the mean output.

        The outputs are ``max(0, u_M)`` of the training points. Few of them are 0, so that 0 would be a poor threshold.
        """
        W, bias = self.layers[-1]
        threshold = relu(forward(self.layers, self.Z[0])[-1]).mean(axis=0)
        return [*self.layers[:-1], (W, bias - threshold)]

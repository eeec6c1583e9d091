"""The solver of VDSH that trains the whole network by back-propagation."""

from collections.abc import Iterator

import numpy as np

from mihash_bench.batch._relu_network import Layers, Weights, forward
from mihash_bench.batch.base import Labels

MOMENTUM, SQUARES, SMALL = 0.9, 0.999, 1e-8


def squared_error(layers: Layers, X: Weights, Y: Weights) -> float:
    """Return the mean over rows of ``|y - tanh(u_M) V - v|^2``; V and v are the last of the layers."""
    return float(((np.tanh(forward(layers[:-1], X)[-1]) @ layers[-1][0] + layers[-1][1] - Y) ** 2).sum() / len(X))


def error_gradient(layers: Layers, X: Weights, Y: Weights) -> Layers:
    """Return the gradient of ``squared_error`` with respect to the weights and biases of all layers."""
    values, (V, v) = forward(layers[:-1], X), layers[-1]
    tanh = np.tanh(values[-1])
    by_output = (2 / len(X)) * (tanh @ V + v - Y)
    found: Layers = [(tanh.T @ by_output, by_output.sum(axis=0))]
    by_output = (by_output @ V.T) * (1 - tanh**2)
    for m in range(len(layers) - 2, -1, -1):
        found.append((values[m].T @ by_output, by_output.sum(axis=0)))
        if m:
            by_output = (by_output @ layers[m][0].T) * (values[m] > 0)
    return found[::-1]


class Adam:
    """Adam (Kingma and Ba, 2015) with decoupled decay of the weights, not of the biases, on layers changed in place."""

    def __init__(self, layers: Layers, decay: float) -> None:
        self._layers, self._decay, self._steps = layers, decay, 0
        self._means = [(np.zeros_like(W), np.zeros_like(bias)) for W, bias in layers]
        self._squares = [(np.zeros_like(W), np.zeros_like(bias)) for W, bias in layers]

    def step(self, gradient: Layers, rate: float) -> None:
        """Change all layers by one step."""
        self._steps += 1
        size = rate * (1 - SQUARES**self._steps) ** 0.5 / (1 - MOMENTUM**self._steps)
        for layer, means, squares, by_layer in zip(self._layers, self._means, self._squares, gradient, strict=True):
            layer[0][:] *= 1 - rate * self._decay
            for values, mean, square, slope in zip(layer, means, squares, by_layer, strict=True):
                mean += (1 - MOMENTUM) * (slope - mean)
                square += (1 - SQUARES) * (slope**2 - square)
                values -= size * mean / (np.sqrt(square) + SMALL)


class Descent:
    """Minimises ``squared_error`` by Adam on mini-batches; the rate falls to 0 along half a cosine.

    layers: the initial layers, the last one of which maps the tanh of the bits to classes.
    """

    def __init__(self, layers: Layers, X: Weights, Y: Weights, rng: np.random.Generator) -> None:
        self.layers = [(W.astype(np.float32), bias.astype(np.float32)) for W, bias in layers]
        self._X, self._Y, self._rng = X.astype(np.float32), Y.astype(np.float32), rng

    def epochs(self, number: int, *, rate: float, decay: float, batch_size: int) -> Iterator[None]:
        """Do a number of passes over the rows, and yield after each of them."""
        adam, steps = Adam(self.layers, decay), number * -(-len(self._X) // batch_size)
        done = 0
        for _ in range(number):
            for rows in batches(self._rng.permutation(len(self._X)), batch_size):
                now = 0.5 * rate * (1 + float(np.cos(np.pi * done / steps)))
                adam.step(error_gradient(self.layers, self._X[rows], self._Y[rows]), now)
                done += 1
            yield

    def objective(self) -> float:
        """Return ``squared_error`` on all rows."""
        return squared_error(self.layers, self._X, self._Y)

    def hash_layers(self) -> Layers:
        """Return the layers from the features to the bits."""
        return self.layers[:-1]


def batches(order: Labels, size: int) -> Iterator[Labels]:
    """Yield the rows of each mini-batch; the last one may be smaller."""
    for start in range(0, len(order), size):
        yield order[start : start + size]

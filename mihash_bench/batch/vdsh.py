"""VDSH-style hashing: a deep network with rectified linear units, whose binary outputs predict the labels."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.batch._relu_network import Layers, NetworkCodes, he_layers
from mihash_bench.batch._vdsh_descent import Descent
from mihash_bench.batch._vdsh_penalty import Penalty
from mihash_bench.batch.base import BatchHasher, Floats, Labels, one_hot
from mihash_bench.cost import Cost
from mihash_bench.errors import DivergedError, InputError
from mihash_bench.parameters import Choice, Constraint, Integer, Real
from mihash_bench.search_space import LogUniform, OneOf, Span

# Large initial outputs would saturate the tanh of all bits in the same direction in the first steps of descent, after
# which nothing is learned, and what the penalty solver starts with in the bits stays there.
BITS_SCALE = {"descent": 0.1, "penalty": 1e-3}
CLASSES_SCALE = 0.3
# What helps if weights are no longer finite.
REMEDY = {"descent": "a smaller vdsh.learning_rate", "penalty": "another vdsh.penalty"}


class VDSH(BatchHasher):
    """A network in the style of Very Deep Supervised Hashing (Zhang, Chen, Saligrama, CVPR 2016).

    Starting from ``z_0 = x``, the network has h hidden layers ``z_m = max(0, u_m)`` with ``u_m = z_(m-1) W_m + c_m``,
    and a last layer u_M with one output for each bit. The codes are ``[u_M > 0]``. A linear classifier predicts the
    one-hot labels y from the bits while learning. The features are multiplied by the square root of their number, and
    initial weights are drawn from ``N(0, 2 / inputs)``.

    With ``solver=descent``, back-propagation minimises the mean of ``|y - tanh(u_M) V - v|^2`` by Adam on mini-batches,
    with a learning rate that falls to 0 along half a cosine and decay of the weights. The layers of the bits and of
    the classes start smaller, by factors of 0.1 (penalty: 0.001) and 0.3. This mean, without decay, is the reported
    objective.

    With ``solver=penalty``, the network is trained layer by layer. The outputs z_m and the inputs u_m of the rectifiers
    of all training points are free variables, and the constraints between them are replaced by quadratic penalties:
    ``J = |Y - Z_M V - v|^2 + mu sum_m (|Z_m - max(0, U_m)|^2 + |U_m - Z_(m-1) W_m - c_m|^2)``, with a ridge of 0.001 on
    all weights. An epoch updates the classifier and then, from the last layer to the first, Z_m, U_m and W_m, each to
    the minimum of J. The reported objective is J with the ridge. The codes are ``[max(0, u_M) > t]`` with the mean t of
    ``max(0, u_M)`` over the training points. This solver is much worse than descent: on 1,024 features of CIFAR-10 (one
    trial; see docs/batch.md), its mAP is .224 at 12 bits and .285 at 32 bits.

    The original could not be compared: neither its text nor its code was available, only its abstract, which describes
    layer-wise training with auxiliary variables for hidden outputs and local copies of weights. The network, the form
    of the penalties, the initial weights and all values are choices of this package. The results must not be
    reported as those of VDSH.

    ``fit`` accepts ``layers``, a pair of initial weights and biases for each layer and for the classifier.

    Parameters
    ----------
    solver : descent trains by back-propagation, penalty layer by layer with quadratic penalties.
    layers : number h of hidden layers.
    width : number of units in each hidden layer.
    epochs : number of passes over the training points, or of rounds of the penalty solver.
    learning_rate : learning rate of the first step; only for ``solver=descent``.
    weight_decay : decay of the weights in each step, multiplied by the learning rate; only for ``solver=descent``.
    batch_size : number of training points in each mini-batch; only for ``solver=descent``.
    penalty : weight mu of the penalties; only for ``solver=penalty``.
    """

    name = "vdsh"
    title = "VDSH-style"
    citation = "zhang2016vdsh"
    cost = Cost(
        "O(n w (d + h w)) an epoch with h hidden layers of w units; penalty: also O(w^2 (n h + h w)), O(d^3 + n d^2)",
        "O(w (d + h w)) for the weights and Adam; penalty: also O(n h w) for the free variables",
    )
    epoch_note = "An epoch of VDSH-style is a round over all layers if it uses the penalty solver."
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "solver": Choice(("descent", "penalty")),
        "layers": Integer(0, 100),
        "width": Integer(1),
        "epochs": Integer(1),
        "learning_rate": Real(0, above=True),
        "weight_decay": Real(0),
        "batch_size": Integer(1),
        "penalty": Real(0, above=True),
    }
    search: ClassVar[Mapping[str, Span]] = {
        "layers": OneOf((1, 2, 4)),
        "learning_rate": LogUniform(2e-4, 5e-3),
        "weight_decay": LogUniform(1e-3, 1),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        solver: str = "descent",
        layers: int = 2,
        width: int = 512,
        epochs: int = 10,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-3,
        batch_size: int = 100,
        penalty: float = 1.0,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.solver = solver
        self.layers = layers
        self.width = width
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.penalty = penalty
        self.random_state = random_state

    @property
    def n_epochs(self) -> int:
        """The parameter ``epochs``."""
        return self.epochs

    def _learn(
        self, X: Floats, y: Labels, *, layers: Sequence[tuple[ArrayLike, ArrayLike]] | None = None, **given: Any
    ) -> Iterator[int]:
        if given:
            raise TypeError(f"vdsh: fit got unexpected arguments: {', '.join(given)}")
        Y = one_hot(y)
        self.scale_ = float(np.sqrt(X.shape[1]))
        start = self._start([X.shape[1], *[self.width] * self.layers, self.n_bits, Y.shape[1]], layers)
        scaled = X * self.scale_
        if self.solver == "penalty":
            self.state_: Penalty | Descent = Penalty(start, scaled, Y, self.penalty)
            learning = self.state_.rounds(self.epochs)
        else:
            self.state_ = Descent(start, scaled, Y, self.random_)
            learning = self.state_.epochs(
                self.epochs, rate=self.learning_rate, decay=self.weight_decay, batch_size=self.batch_size
            )
        yield 0
        for epoch, _ in enumerate(self._finite(learning)):
            yield epoch + 1

    def _start(self, sizes: list[int], given: Sequence[tuple[ArrayLike, ArrayLike]] | None) -> Layers:
        """Return the initial layers; the last one is the classifier."""
        *hidden, (to_bits, _), (to_classes, _) = drawn = he_layers(sizes, self.random_)
        if given is None:
            ends = (BITS_SCALE[self.solver] * to_bits, CLASSES_SCALE * to_classes)
            return [*hidden, *((W, np.zeros(W.shape[1])) for W in ends)]
        layers = [(np.asarray(W, np.float64), np.asarray(bias, np.float64)) for W, bias in given]
        shapes, wanted = ([(W.shape, bias.shape) for W, bias in each] for each in (layers, drawn))
        if shapes != wanted:
            raise InputError(f"layers: shapes {shapes} (allowed: {wanted})")
        return layers

    def _finite(self, learning: Iterator[None]) -> Iterator[None]:
        while True:
            with np.errstate(over="ignore", invalid="ignore"):  # checked below
                if next(learning, self) is self:
                    return
            if not all(np.isfinite(each).all() for layer in self.state_.hash_layers() for each in layer):
                raise DivergedError(f"vdsh: its weights are no longer finite (allowed: {REMEDY[self.solver]})")
            yield

    def objective(self) -> float:
        """Return the mean squared error of the classes, or J with the ridge, depending on the solver."""
        return self.state_.objective()

    def snapshot(self) -> NetworkCodes:
        """Return a frozen encoder; its first layer includes the scale of the features."""
        (W, bias), *others = self.state_.hash_layers()
        layers = [(W * W.dtype.type(self.scale_), bias), *others]
        return NetworkCodes(tuple(W.copy() for W, _ in layers), tuple(bias.copy() for _, bias in layers))

    @classmethod
    def encoder_from(cls, arrays: Mapping[str, NDArray[Any]]) -> NetworkCodes:
        """Return the encoder that ``snapshot().arrays()`` came from."""
        return NetworkCodes.of_arrays(arrays)

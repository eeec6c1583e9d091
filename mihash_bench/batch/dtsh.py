"""DTSH: maximises the likelihood of triplets, in which a point is closer to its own class than to another one."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.batch._single_layer import LAYER_CONSTRAINTS, SingleLayer
from mihash_bench.batch.base import Floats, Labels, sign
from mihash_bench.cost import Cost
from mihash_bench.errors import InputError
from mihash_bench.parameters import Constraint, Integer, Real
from mihash_bench.search_space import LogUniform, Span

Points = NDArray[np.int64]

RATE_FALLS_EVERY = 20  # epochs
RATE_FALLS_TO = 2 / 3
OBJECTIVE_QUERIES = 500


def triplet_direction(U_queries: Floats, U: Floats, positives: Points, negatives: Points) -> Floats:
    """Return ``sum (1 - sigmoid(T)) (u_p - u_n)`` over the triplets of each query, shape (m, bits).

    U_queries: outputs of the queries, shape (m, bits). U: outputs of all points, shape (n, bits). positives, negatives:
    rows of U, shape (m, classes, k); each pair of a positive and a negative of the same class forms a triplet with the
    query. Entries of -1 are empty; they follow all other entries.
    """
    # Imported late so that listing parameters does not load numba.
    from mihash_bench.batch._dtsh_kernel import add_directions

    directions = np.zeros_like(U_queries)
    add_directions(U_queries, U, positives, negatives, U.shape[1] / 2, directions)
    return directions


def triplet_loss(U_queries: Floats, U: Floats, positives: Points, negatives: Points) -> float:
    """Return the sum of ``-log sigmoid(T)`` over all triplets; the arguments are those of ``triplet_direction``."""
    # Imported late so that listing parameters does not load numba.
    from mihash_bench.batch._dtsh_kernel import sum_losses

    return float(sum_losses(U_queries, U, positives, negatives, U.shape[1] / 2))


class DTSH(SingleLayer):
    """Deep Triplet-Supervised Hashing (Wang, Shi, Kitani, ACCV 2016), a single layer on fixed features.

    With ``T = (<u_q, u_p> - <u_q, u_n>) / 2 - b/2`` for a query q, a point p of its class and a point n of another
    class, the method minimises ``-sum log sigmoid(T) + eta sum_q |u_q - sgn u_q|^2``. Each point of a batch is a query.
    For each other class, ``n_samples`` positives and as many negatives are drawn from the points outside the batch (or
    all points of a class that has fewer), and all their pairs form triplets. Their outputs are read from a buffer U
    with the latest outputs of all n training points, initialised with zeros. The gradient used for a batch is ``-[sum
    (1 - sigmoid(T)) (u_p - u_n) - 4 eta (u_q - sgn u_q)]`` divided by ``batch_size * n``, which is twice the gradient
    with respect to u_q with positives and negatives held constant. W and bias are initialised from 0.01 N(0, 1). The
    learning rate falls to two thirds every 20 epochs; that of the bias is a hundredth of it.

    The reported objective is the mean of ``-log sigmoid(T)`` over a fixed set of triplets (in which a query may be its
    own positive), plus ``eta`` divided by the number of triplets per query times the mean of ``|u - sgn u|^2``.

    Parameters
    ----------
    quantization : weight eta of the distance between outputs and their signs.
    n_samples : number of positives, and of negatives, that are drawn for each query and class.
    learning_rate : learning rate of the first epoch; it falls to two thirds every 20 epochs.
    """

    name = "dtsh"
    title = "DTSH"
    citation = "wang2016dtsh"
    version = 5
    cost = Cost(
        "O(n d b + n^2 b + n c s^2) an epoch, with s samples of each of c classes",
        "O(n d) for the training points, O(n (b + m) + m c s) with batches of m points",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        **LAYER_CONSTRAINTS,
        "quantization": Real(0),
        "n_samples": Integer(1),
    }
    search: ClassVar[Mapping[str, Span]] = {
        "learning_rate": LogUniform(1, 100),
        "quantization": LogUniform(50, 2000),
        "weight_decay": LogUniform(1e-6, 1e-3),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        quantization: float = 400.0,
        n_samples: int = 50,
        epochs: int = 100,
        batch_size: int = 128,
        learning_rate: float = 10.0,
        weight_decay: float = 5e-4,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.quantization = quantization
        self.n_samples = n_samples
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.random_state = random_state

    def _begin(self, y: Labels) -> None:
        super()._begin(y)
        self.U_: Floats = np.zeros((len(y), self.n_bits))
        self._memory = np.empty((self.batch_size, int(y.max()) + 1, 2, self.n_samples))
        self._by_class = np.argsort(y, kind="stable")
        fixed = np.random.default_rng(0)
        self._asked = np.sort(fixed.permutation(len(y))[:OBJECTIVE_QUERIES])
        draws = fixed.random((len(self._asked), *self._memory.shape[1:]))
        self._fixed = self._triplets(self._asked, np.ones(len(y), np.bool_), draws)

    def _triplets(self, queries: Labels, outside: NDArray[np.bool_], draws: Floats) -> tuple[Points, Points]:
        """Draw positives and negatives for each query and class from the points where ``outside`` is True.

        Both arrays have shape (m, classes, n_samples) and contain -1 where there is no point.
        """
        # Imported late so that listing parameters does not load numba.
        from mihash_bench.batch._dtsh_kernel import draw_triplets

        candidates = self._by_class[outside[self._by_class]]
        counts = np.bincount(self.y_[candidates], minlength=draws.shape[1])
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        positives, negatives = (np.empty((*draws.shape[:2], self.n_samples), np.int64) for _ in range(2))
        draw_triplets(self.y_[queries], candidates, starts, draws, positives, negatives)
        return positives, negatives

    def check(self, n_points: int, n_features: int) -> None:
        """Raise InputError if a parameter is not allowed, in general or for this number of training points."""
        super().check(n_points, n_features)
        if self.n_samples > n_points:
            raise InputError(f"dtsh.n_samples: {self.n_samples} (allowed: at most the {n_points} training points)")
        if self.batch_size >= n_points:
            raise InputError(
                f"dtsh.batch_size: {self.batch_size} (allowed: fewer than the {n_points} training points, because "
                f"triplets are drawn from points outside the batch)"
            )

    def _rate(self, epoch: int) -> float:
        return self.learning_rate * RATE_FALLS_TO ** (epoch // RATE_FALLS_EVERY)

    def gradient(self, rows: Labels, U: Floats) -> Floats:
        """Write U to the buffer, draw triplets and return the gradient of the batch, shape (m, bits)."""
        self.U_[rows] = U
        outside = np.ones(len(self.y_), np.bool_)
        outside[rows] = False
        draws = self.random_.random(out=self._memory[: len(rows)])
        positives, negatives = self._triplets(rows, outside, draws)
        pulled = triplet_direction(U, self.U_, positives, negatives)
        return -(pulled - 4 * self.quantization * (U - sign(U))) / (self.batch_size * len(self.y_))

    def objective_of(self, U: Floats) -> float:
        """Return the mean loss over a fixed set of triplets, plus the quantisation loss."""
        asked = self._asked
        positives, negatives = self._fixed
        own, others = (np.count_nonzero(drawn >= 0, axis=2) for drawn in (positives, negatives))
        count = int((own * others).sum())
        if count == 0:
            return float("nan")
        total = triplet_loss(U[asked], U, positives, negatives)
        distance = float(((U - sign(U)) ** 2).sum(axis=1).mean())
        return total / count + self.quantization * len(asked) / count * distance

"""FastHash: bits inferred by minimum cuts, then predicted by boosted trees."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.batch._boosting import BOOSTINGS, missing
from mihash_bench.batch._code_inference import LOSSES, Inference, Integers, draw_pairs, pair_weights, symmetric
from mihash_bench.batch._trees import Quantiser, TreeCodes, Trees
from mihash_bench.batch.base import BatchHasher, Floats, Labels
from mihash_bench.cost import Cost
from mihash_bench.errors import InputError
from mihash_bench.parameters import Choice, Constraint, Integer
from mihash_bench.search_space import OneOf, Span

# The losses are whole numbers after multiplication by this factor times r^2.
SCALES = {"hinge": 4, "ksh": 1, "bre": 1}


class FastHash(BatchHasher):
    """FastHash (Lin, Shen, Shi, van den Hengel, Suter, CVPR 2014): two-step learning with boosted decision trees.

    Each point is paired with up to 100 points of its class (y = +1) and of the other classes (y = -1). For bit r, d is
    the Hamming distance of the r - 1 bits that the hash functions so far give to a pair, and ``a = l(d) - l(d + 1)``
    with one of the losses hinge, ``max(0, d / r)^2`` for y = +1 and ``max(0, 1/2 - d / r)^2`` for y = -1; ksh,
    ``(y - (r - 2 d) / r)^2``; and bre, ``([y = -1] - d / r)^2``.

    First, ``sum a_ij z_i z_j`` over all pairs is decreased over z in {-1, +1}, starting from +1: one class after the
    other, in random order, gets the codes that are best given those of the other classes. This is a minimum cut, which
    is found exactly, because all a are whole numbers after multiplication by ``r^2`` (hinge: ``4 r^2``). Second,
    boosted trees learn to predict z from features of 8 bits. The weight of a point is the sum of ``|a|`` over its
    pairs. A bit that is the same for all points gets a constant function.

    With ``trees=gradient``, gradient boosting with the logistic loss fits the trees on histograms (scikit-learn's
    HistGradientBoostingClassifier), which the paper does not do, but which is much faster. With ``trees=adaboost``, it
    is discrete AdaBoost, as in the paper. Both consider 200 random features at each split. Both need the extra
    ``batch``. On 1,024 features of CIFAR-10 (12 bits, one trial; see docs/batch.md), gradient boosting reached an mAP
    of .514 and AdaBoost .491, in about eight times the processor time.

    The reported objective is the mean loss of all pairs, for the bits learned so far.

    Parameters
    ----------
    loss : loss of a pair: hinge, ksh or bre.
    trees : gradient fits the trees of a bit by gradient boosting, adaboost by discrete AdaBoost.
    n_trees : number of trees of each bit.
    depth : largest depth of the trees.
    n_pairs : largest number of similar and of dissimilar points that are drawn for each point.
    sweeps : number of times that each class gets its best codes.
    """

    name = "fasthash"
    title = "FastHash"
    citation = "lin2014fasthash"
    cost = Cost(
        "O(n p b + n d t D b) with p pairs a point, t trees of depth D a bit, and a minimum cut for each class and bit",
        "O(n (d + p)) for the quantised training points and their pairs, O(b t 2^D) for the trees",
    )
    epoch_note = "An epoch of FastHash is one bit."
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "loss": Choice(tuple(LOSSES)),
        "trees": Choice(tuple(BOOSTINGS)),
        "n_trees": Integer(1),
        "depth": Integer(1, 8),
        "n_pairs": Integer(1),
        "sweeps": Integer(1),
    }
    search: ClassVar[Mapping[str, Span]] = {
        "loss": OneOf(tuple(LOSSES)),
        "n_trees": OneOf((100, 200)),
        "depth": OneOf((3, 4, 6)),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        loss: str = "hinge",
        trees: str = "gradient",
        n_trees: int = 200,
        depth: int = 4,
        n_pairs: int = 100,
        sweeps: int = 2,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.loss = loss
        self.trees = trees
        self.n_trees = n_trees
        self.depth = depth
        self.n_pairs = n_pairs
        self.sweeps = sweeps
        self.random_state = random_state

    @classmethod
    def missing(cls) -> str:
        """Return what has to be installed, or "" if scikit-learn is there."""
        return missing()

    @property
    def n_epochs(self) -> int:
        """The number of bits."""
        return self.n_bits

    def _learn(self, X: Floats, y: Labels, **given: Any) -> Iterator[int]:
        if given:
            raise TypeError(f"fasthash: fit got unexpected arguments: {', '.join(given)}")
        if lacks := self.missing():
            raise InputError(f"fasthash: {lacks}")
        self.quantiser_ = Quantiser.of(X)
        self.levels_ = self.quantiser_.levels(X)
        self.blocks_ = [np.flatnonzero(y == label) for label in range(int(y.max()) + 1)]
        self.pairs_ = draw_pairs(y, self.n_pairs, self.random_)
        self.codes_ = np.zeros((len(X), 0), np.bool_)
        self.trees_: list[Trees] = []
        yield 0
        for bit in range(self.n_bits):
            trees = self._learn_bit(bit + 1)
            self.trees_.append(trees)
            self.codes_ = np.column_stack([self.codes_, trees.score(self.levels_) > 0])
            yield bit + 1

    def _learn_bit(self, r: int) -> Trees:
        n = len(self.levels_)
        weights = [pair_weights(self.loss, same, d, r) for same, d in zip((True, False), self.distances(), strict=True)]
        similar, dissimilar = (symmetric(each, a, n) for each, a in zip(self.pairs_, weights, strict=True))
        z = Inference(similar, dissimilar, self.blocks_).infer(self.sweeps, self.random_)
        seed = int(self.random_.integers(2**31))
        if len(np.unique(z)) == 1:
            return Trees.empty(self.n_trees, self.depth, float(z[0]))
        importance = np.asarray(abs(similar).sum(axis=1) + abs(dissimilar).sum(axis=1), np.float64)
        fit = BOOSTINGS[self.trees]
        return fit(self.levels_, z, importance / importance.mean(), self.n_trees, self.depth, seed)

    def distances(self) -> tuple[Integers, Integers]:
        """Return the Hamming distances of the similar and of the dissimilar pairs, for the bits learned so far."""
        similar, dissimilar = (self.codes_[pairs[:, 0]] != self.codes_[pairs[:, 1]] for pairs in self.pairs_)
        return similar.sum(axis=1, dtype=np.int64), dissimilar.sum(axis=1, dtype=np.int64)

    def objective(self) -> float:
        """Return the mean loss of all pairs; before the first bit, that of one bit that is the same for all points."""
        r = max(1, len(self.trees_))
        found = zip(LOSSES[self.loss], self.distances(), strict=True)
        total = sum(int(of_pair(d, r).sum()) for of_pair, d in found)
        return total / (SCALES[self.loss] * r**2 * max(1, sum(map(len, self.pairs_))))

    def snapshot(self) -> TreeCodes:
        """Return a frozen encoder; bits that are not learned yet are 0."""
        missing_bits = self.n_bits - len(self.trees_)
        trees = [*self.trees_, *[Trees.empty(self.n_trees, self.depth)] * missing_bits]
        return TreeCodes(
            self.quantiser_.low,
            self.quantiser_.scale,
            np.stack([each.features for each in trees]),
            np.stack([each.thresholds for each in trees]),
            np.stack([each.leaves for each in trees]),
            np.array([each.bias for each in trees]),
        )

    @classmethod
    def encoder_from(cls, arrays: Mapping[str, NDArray[Any]]) -> TreeCodes:
        """Return the encoder that ``snapshot().arrays()`` came from."""
        return TreeCodes.of_arrays(arrays)

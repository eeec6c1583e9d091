"""BSODH: discrete codes of a batch that reproduce balanced similarities to all items before it."""

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, lcm
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.cost import Cost
from mihash_bench.methods._asymmetric import AsymmetricHasher, LabelledBatch, least_squares, signs_up, sweep
from mihash_bench.methods.base import Floats
from mihash_bench.parameters import Choice, Constraint, Integer, Real


def whole_weights(similar: float, dissimilar: float) -> tuple[int, int]:
    """Return the smallest whole numbers with the ratio of two weights, read as the decimal numbers that they print."""
    first, second = Fraction(repr(similar)), Fraction(repr(dissimilar))
    scale = lcm(first.denominator, second.denominator)
    numbers = int(first * scale), int(second * scale)
    divisor = gcd(*numbers) or 1
    return numbers[0] // divisor, numbers[1] // divisor


class BSODH(AsymmetricHasher):
    """Balanced similarity for online discrete hashing (Lin, Ji, Liu, Sun, Wu, Wu, AAAI 2019), one batch per step.

    With the similarities S of the batch to all m items before it (``eta_s`` if they share a label, otherwise
    ``-eta_d``) and the items' codes E of shape (m, b), the objective is
    ``|B E^T - b S|^2 + sigma |X W - B|^2 + lambda |W|^2``. After the first batch, whose items have the codes
    ``sgn(X W)`` and from which nothing is learned, a step does the following; sgn(0) is +1.

    1. B starts with ``sgn(X W)``, or the code of the first item before it that shares a label.
    2. Once over the bits r: ``B_r <- sgn(P_r - sum_{q != r} (E^T E)_rq B_q)`` with ``P = b S E + sigma X W``, which is
       the minimum over each bit (``form=exact``), or ``P = b^2 S E + X W`` (``form=released``).
    3. ``E <- sgn(S^T B)``.
    4. ``W = (X^T X + (lambda / sigma) I)^{-1} X^T B``, from this batch alone.

    S is never formed: after step 3, all items with the same labels have one code, so that sums over the items of each
    set of labels are enough. The sign in step 3 is taken of whole numbers, because exact ties occur. Examples without
    labels change nothing.

    The paper claims that BSODH is more accurate than earlier online methods on three datasets. In the authors' release,
    P has b^2 where the objective has b, and lacks sigma. On CIFAR-10, the sweep of step 2 then never changes a bit
    after the first update, so that the codes of the classes remain what the first projection made of them. The release
    also skips the last batch. The order of its steps is not that of the paper, and step 3 leaves out the quadratic
    term; both are kept here.

    Parameters
    ----------
    sigma : weight of the difference between projections and codes.
    regularization : weight lambda of the squared norm of W; only its ratio to sigma matters in step 4.
    eta_s : similarity of items that share a label.
    eta_d : negated similarity of items that do not.
    form : ``exact`` minimises the objective over each bit, ``released`` follows the authors' code.
    batch_size : number of examples in each step.
    """

    name = "bsodh"
    title = "BSODH"
    citation = "lin2019bsodh"
    cost = Cost(
        "O(n (d b + b^2) + d^2 n + d^3) a batch of n examples",
        "O(n d) for the batch, O(d b + c b) for the projection and the codes of c classes",
        power_of_d=2,
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "sigma": Real(0, above=True),
        "regularization": Real(0, above=True),
        "eta_s": Real(0),
        "eta_d": Real(0),
        "form": Choice(("exact", "released")),
        "batch_size": Integer(1),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        sigma: float = 0.5,
        regularization: float = 0.6,
        eta_s: float = 1.2,
        eta_d: float = 0.2,
        form: str = "exact",
        batch_size: int = 2_000,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.sigma = sigma
        self.regularization = regularization
        self.eta_s = eta_s
        self.eta_d = eta_d
        self.form = form
        self.batch_size = batch_size
        self.random_state = random_state

    def _learn(self, batch: LabelledBatch, B: Floats, *, several: bool) -> None:
        same = self._indicators(batch.sets) @ self._indicators(self.items_.sets).T > 0
        projections = batch.X @ self.W_
        self._begin(batch, B, same)
        codes, counts = self.items_.codes, self.items_.counts[:, None]
        sweep(B, self._pull(same @ (counts * codes), (counts * codes).sum(axis=0), batch, projections),
              codes.T @ (counts * codes))  # fmt: skip
        self.items_.recode(self._new_codes(same, batch.summed(B)))
        self.W_ = least_squares(batch.X, B, self.regularization / self.sigma)

    def _pull(self, near: Floats, all_items: Floats, batch: LabelledBatch, projections: Floats) -> Floats:
        """Return P, shape (n, b).

        near: for each label set of the batch, the sum of E over the items that share a label, shape (sets, b).
        all_items: the sum of E over all items.
        """
        SE = ((self.eta_s + self.eta_d) * near - self.eta_d * all_items)[batch.of_row]
        if self.form == "released":
            return np.asarray(self.n_bits**2 * SE + projections)
        return np.asarray(self.n_bits * SE + self.sigma * projections)

    def _new_codes(self, same: NDArray[np.bool_], sums: Floats) -> Floats:
        """Return ``sgn(S^T B)`` for each group of items, from the sums of B over each label set of the batch."""
        similar, dissimilar = whole_weights(self.eta_s, self.eta_d)
        near = (same.T.astype(np.float64) @ sums).astype(np.int64).astype(object)
        total = sums.sum(axis=0).astype(np.int64).astype(object)
        return signs_up(((similar + dissimilar) * near - dissimilar * total).astype(np.float64))

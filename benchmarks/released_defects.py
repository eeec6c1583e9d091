"""The known defects of the authors' release, each re-created in a variant of this project's methods.

These variants are not part of the package. Each one changes a single aspect of the package's behaviour, so that its
effect can be measured (``benchmarks/fidelity.py``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import hamming, pack
from mihash_bench.encoders import Encoder
from mihash_bench.experiment.checkpoints import Checkpoints
from mihash_bench.experiment.trial import Trial
from mihash_bench.methods import adapthash
from mihash_bench.methods.adapthash import AdaptHash
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.methods.mihash import MIHash
from mihash_bench.methods.osh import OSH
from mihash_bench.methods.sketchhash import FrequentDirections, SketchHash
from mihash_bench.neighbors import Neighbors
from mihash_bench.stream.plan import StreamPlan
from mihash_bench.stream.reservoir import Reservoir, ReservoirRows
from mihash_bench.stream.trigger import Decision, TriggerUpdate, moved, quality


class ForgetfulOSH(OSH):
    """Forgets the codes of labels after each step, so that every label gets the first code."""

    def _fit_block(self, X: Any, y: Any, neighbors: Neighbors, reservoir: Any) -> None:
        for t in range(len(X)):
            self.rows_of_labels_ = {}
            super()._fit_block(X[t : t + 1], y[t : t + 1], neighbors, None)


class ForgetfulSketchHash(SketchHash):
    """Forgets the sketch, the mean and the count after each batch, so that rows are coded with a mean of 0."""

    def _step(self, X: Any, y: Any, **seen: Any) -> None:
        super()._step(X, y, **seen)
        self.mean_, self.count_ = np.zeros(self.n_features_in_), 0
        self.sketch_ = FrequentDirections(self._size(self.n_features_in_), self.n_features_in_)


class _ShrinksEachBatch(FrequentDirections):
    def __init__(self, size: int, n_features: int) -> None:
        super().__init__(size, n_features)
        self.grown = False

    def add(self, rows: NDArray[np.float64]) -> None:
        if self.grown:
            self._shrink()
        self.grown = self.grown or self.filled + len(rows) >= len(self.B)
        super().add(rows)


class ShrinkingSketchHash(SketchHash):
    """Treats zero rows as filled once the sketch has grown to all its rows, so that it then shrinks in every batch."""

    def _start(self, database: Any, W: Any, **given: Any) -> None:
        super()._start(database, W, **given)
        self.sketch_ = _ShrinksEachBatch(self._size(self.n_features_in_), self.n_features_in_)


class RoundingAdaptHash(AdaptHash):
    """Computes ``ceil(loss)`` without regard to rounding errors: one bit too many at 10, 20 and 30 bits."""

    def _chosen_bits(self, Z: Any, similar: bool) -> NDArray[np.int64]:
        kept, adapthash.ROUNDING = adapthash.ROUNDING, 0.0
        try:
            return super()._chosen_bits(Z, similar)
        finally:
            adapthash.ROUNDING = kept


@dataclass
class _ByNewestMean(Checkpoints):
    method: Any = None

    def measure(self, seen: int) -> None:
        """Measure the table at once, with queries coded by the newest mean."""
        table: Any = self.table
        words, queries = table.words().copy(), self.retrieval.queries
        newest: Any = replace(table.snapshot.encoder, mean=self.method.mean_)
        words[queries] = pack(newest.encode(self.retrieval.features[queries]))
        table._words = words
        self.keeper.add(table.snapshot.arrays(), new=False)
        self._measure_now(seen, new=True)


class QueriesByNewestMean(Trial):
    """Codes the queries with the newest mean and the table's W, while the table keeps the mean of its last update."""

    def _checkpoints(self) -> Checkpoints:
        usual = super()._checkpoints()
        return _ByNewestMean(**{each.name: getattr(usual, each.name) for each in fields(usual)}, method=self.method)


class _DropsTheRest(Reservoir):
    def offer(self, X: Any, y: Any, keys: Any, *, per_step: int = 1) -> Any:
        room = self.capacity - len(self)
        if 0 < room < len(keys) and room % per_step:
            # A key above all others is never kept once the reservoir is full.
            keys = np.array(keys)
            keys[room : room - room % per_step + per_step] = np.inf
        return super().offer(X, y, keys, per_step=per_step)


class DropsTheRestOfABatch(Trial):
    """Drops the remaining rows of a batch that only partly fits, instead of offering them to the reservoir."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        assert self._reservoir is not None
        self._reservoir = _DropsTheRest(self._reservoir.capacity)


@dataclass
class ZeroInitialCodes:
    """Trigger for which the codes of the initial reservoir rows are zero until the first update of the table."""

    initial: frozenset[bytes]
    updated: bool = False
    uses_reservoir: bool = True

    def decide(
        self, current: Encoder, snapshot: Encoder, reservoir: ReservoirRows | None, neighbors: Neighbors
    ) -> Decision:
        """Decide like TriggerUpdate, but use the zero codes for the quality of the table."""
        assert reservoir is not None
        if self.updated or not moved(current, snapshot):
            return TriggerUpdate().decide(current, snapshot, reservoir, neighbors)
        q_snapshot = quality(_Zeroed(snapshot, self.initial), reservoir, neighbors)
        q_current = quality(current, reservoir, neighbors)
        self.updated = q_current > q_snapshot
        return Decision(q_current, q_snapshot, self.updated)


@dataclass(frozen=True)
class _Zeroed:
    snapshot: Encoder
    initial: frozenset[bytes]

    @property
    def n_bits(self) -> int:
        return self.snapshot.n_bits

    def arrays(self) -> dict[str, NDArray[Any]]:
        return self.snapshot.arrays()

    def encode(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        codes = self.snapshot.encode(X)
        codes[[row.tobytes() in self.initial for row in np.ascontiguousarray(X)]] = False
        return codes


def zero_initial_codes(retrieval: Any, plan: StreamPlan) -> ZeroInitialCodes:
    """Return the trigger with zero initial codes for one trial."""
    rows, _ = retrieval.take(plan.reservoir_start)
    return ZeroInitialCodes(frozenset(row.tobytes() for row in rows))


def folded_levels(retrieval: Any, plan: StreamPlan) -> TriggerUpdate:
    """Return the trigger whose histogram puts distances b - 1 and b into the same bin."""
    return TriggerUpdate(fold_last_levels=True)


def saturated_levels(queries: NDArray[np.bool_], table: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the negated int8 similarities ``b - 2 D``, saturated at 127 and -128. Smaller values are nearer."""
    return -np.clip(queries.shape[1] - 2 * hamming(queries, table), -128, 127)


@dataclass(frozen=True)
class Case:
    """One method, unchanged or with a single change. trigger: creates the policy from retrieval and plan."""

    name: str
    method: type[OnlineHasher]
    bits: int = 32
    parameters: Mapping[str, Any] = field(default_factory=dict)
    trial: type[Trial] = Trial
    trigger: Callable[[Any, StreamPlan], Any] | None = None
    reservoir: int = 200


@dataclass(frozen=True)
class Difference:
    """One difference from the release: the behaviour of both sides, and the two cases that are compared."""

    released: str
    here: str
    as_it_is: Case
    changed: Case


SKETCH, OSH_, MI, ADAPT = (
    Case("SketchHash", SketchHash), Case("OSH", OSH), Case("MIHash", MIHash), Case("AdaptHash", AdaptHash)
)  # fmt: skip
ADAPT_30 = Case("AdaptHash, 30 bits", AdaptHash, bits=30)
SKETCH_230 = Case("SketchHash, reservoir 230", SketchHash, reservoir=230)
QUARTER_STEP = Case("MIHash, step 1/4", MIHash, parameters={"step_size": 0.25})
DIFFERENCES = (
    Difference(
        "OSH forgets which code belongs to which label, so all labels get the first code", "the assignment is kept",
        OSH_, Case("OSH, forgetful", ForgetfulOSH),
    ),
    Difference(
        "SketchHash discards its sketch, mean and count after each batch, and codes with a mean of 0", "they are kept",
        SKETCH, Case("SketchHash, forgetful", ForgetfulSketchHash),
    ),
    Difference(
        "SketchHash shrinks its sketch in every batch once it has had all its rows, because zero rows count as filled",
        "the sketch shrinks when it is full",
        SKETCH, Case("SketchHash, shrinking", ShrinkingSketchHash),
    ),
    Difference(
        "queries are coded with a newer mean than the hash table", "one snapshot codes both",
        SKETCH, Case("SketchHash, newest mean", SketchHash, trial=QueriesByNewestMean),
    ),
    Difference(
        "MIHash's gradient uses codes of 0 and 1 instead of -1 and 1 (`gradient=released`)",
        "the derivative of the objective (`gradient=exact`), which is four times as long at the same step size",
        MI, Case("MIHash, released", MIHash, parameters={"gradient": "released"}),
    ),
    Difference(
        "the same gradient with four times the step size, so that both steps are about equally long",
        "`gradient=exact`, step size 1",
        MI, Case("MIHash, released, step 4", MIHash, parameters={"gradient": "released", "step_size": 4.0}),
    ),
    Difference(
        "the same gradient with step size 1, compared with the exact gradient at a quarter of it",
        "`gradient=exact`, step size 1/4",
        QUARTER_STEP, Case("MIHash, released", MIHash, parameters={"gradient": "released"}),
    ),
    Difference(
        "the trigger's histogram has one bin for both distances b - 1 and b", "one bin for each of the b + 1 distances",
        MI, Case("MIHash, folded levels", MIHash, trigger=folded_levels),
    ),
    Difference(
        "the codes of the initial reservoir are zero until the first update", "the snapshot codes every member",
        MI, Case("MIHash, zero initial codes", MIHash, trigger=zero_initial_codes),
    ),
    Difference(
        "if only part of a batch fits into the reservoir, the rest is dropped (cannot happen at size 200; here 230)",
        "all rows are offered",
        SKETCH_230, Case("SketchHash, dropping", SketchHash, trial=DropsTheRestOfABatch, reservoir=230),
    ),
    Difference(
        "AdaptHash rounds the loss up without a tolerance for rounding errors (matters at 10, 20 and 30 bits; here 30)",
        "a loss within rounding error of a whole number counts as that number",
        ADAPT_30, Case("AdaptHash, rounding", RoundingAdaptHash, bits=30),
    ),
    Difference(
        "OSH without boosting (an option of the release, not a defect)", "boosting is on by default in both",
        OSH_, Case("OSH, boosting off", OSH, parameters={"boosting": False}),
    ),
)  # fmt: skip

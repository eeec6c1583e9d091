"""The known defects of the authors' release, re-created one by one beside this project's methods.

None of this is part of the package: each class changes one thing and leaves the rest as the package has it, so that
the effect of that one thing can be measured (``benchmarks/fidelity.py``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import hamming, pack
from mihash_bench.encoders import Encoder
from mihash_bench.experiment.measuring import metric_values
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
    """Forgets after each step which label has which code, so that every label gets the first one."""

    def _fit_block(self, X: Any, y: Any, neighbors: Neighbors, reservoir: Any) -> None:
        for t in range(len(X)):
            self.rows_of_labels_ = {}
            super()._fit_block(X[t : t + 1], y[t : t + 1], neighbors, None)


class ForgetfulSketchHash(SketchHash):
    """Forgets sketch, mean and count after each batch."""

    def _step(self, X: Any, y: Any, **seen: Any) -> None:
        self.mean_, self.count_ = np.zeros(self.n_features_in_), 0
        self.sketch_ = FrequentDirections(self._size(self.n_features_in_), self.n_features_in_)
        super()._step(X, y, **seen)


class _ShrinksEachBatch(FrequentDirections):
    def add(self, rows: NDArray[np.float64]) -> None:
        if self.filled:
            self._shrink()
        super().add(rows)


class ShrinkingSketchHash(SketchHash):
    """Takes the sketch's zero rows for filled ones, so that it shrinks once a batch even where there is room."""

    def _start(self, database: Any, W: Any, **given: Any) -> None:
        super()._start(database, W, **given)
        self.sketch_ = _ShrinksEachBatch(self._size(self.n_features_in_), self.n_features_in_)


class RoundingAdaptHash(AdaptHash):
    """``ceil(loss)`` without regard to rounding: one bit too many at 10, 20 and 30 bits."""

    def _chosen_bits(self, Z: Any, similar: bool) -> NDArray[np.int64]:
        kept, adapthash.ROUNDING = adapthash.ROUNDING, 0.0
        try:
            return super()._chosen_bits(Z, similar)
        finally:
            adapthash.ROUNDING = kept


class QueriesByNewestMean(Trial):
    """Codes the queries with the newest mean and the table's W, while the table keeps the mean of its own moment."""

    def _measure(self, seen: int) -> None:
        words, queries = self._table.words().copy(), self.retrieval.queries
        method: Any = self.method
        newest: Any = replace(self._table.snapshot.encoder, mean=method.mean_)  # type: ignore[type-var]
        words[queries] = pack(newest.encode(self.retrieval.features[queries]))
        self._table._words = words
        self._measured = metric_values(self._evaluate(self.metrics), self.metrics)
        super()._measure(seen)


class _DropsTheRest(Reservoir):
    def offer(self, X: Any, y: Any, keys: Any, *, per_step: int = 1) -> Any:
        room = self.capacity - len(self)
        if 0 < room < len(keys) and room % per_step:
            # A key above all others is never taken once the places are full.
            keys = np.array(keys)
            keys[room : room - room % per_step + per_step] = np.inf
        return super().offer(X, y, keys, per_step=per_step)


class DropsTheRestOfABatch(Trial):
    """The rows of a batch that only partly fits are dropped instead of competing for a place."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        assert self._reservoir is not None
        self._reservoir = _DropsTheRest(self._reservoir.capacity)


@dataclass
class ZeroInitialCodes:
    """Trigger whose reservoir codes of the initial rows stay all zero until the first update of the table."""

    initial: frozenset[bytes]
    updated: bool = False
    uses_reservoir: bool = True

    def decide(
        self, current: Encoder, snapshot: Encoder, reservoir: ReservoirRows | None, neighbors: Neighbors
    ) -> Decision:
        """Decide as TriggerUpdate does, with those codes for Q of the table."""
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
    """Return that trigger for one trial."""
    rows, _ = retrieval.take(plan.reservoir_start)
    return ZeroInitialCodes(frozenset(row.tobytes() for row in rows))


def folded_levels(retrieval: Any, plan: StreamPlan) -> TriggerUpdate:
    """Return the trigger whose histogram lets distances b - 1 and b share a bin."""
    return TriggerUpdate(fold_last_levels=True)


def saturated_levels(queries: NDArray[np.bool_], table: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return what int8 similarities ``b - 2 D``, saturated at 127 and -128, rank by: smaller is nearer."""
    return -np.clip(queries.shape[1] - 2 * hamming(queries, table), -128, 127)


@dataclass(frozen=True)
class Case:
    """One method as it is, or with one thing changed. ``trigger`` makes a policy of retrieval and plan."""

    name: str
    method: type[OnlineHasher]
    bits: int = 32
    parameters: Mapping[str, Any] = field(default_factory=dict)
    trial: type[Trial] = Trial
    trigger: Callable[[Any, StreamPlan], Any] | None = None
    reservoir: int = 200


@dataclass(frozen=True)
class Difference:
    """Where this project differs from the release: what each does, and the two cases that are compared."""

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
        "OSH forgets which label has which code: all get the first one", "the map is kept",
        OSH_, Case("OSH, forgetful", ForgetfulOSH),
    ),
    Difference(
        "SketchHash forgets sketch, mean and count after each batch", "they are kept",
        SKETCH, Case("SketchHash, forgetful", ForgetfulSketchHash),
    ),
    Difference(
        "SketchHash's sketch shrinks once a batch, zero rows counted as filled", "it shrinks when it is full",
        SKETCH, Case("SketchHash, shrinking", ShrinkingSketchHash),
    ),
    Difference(
        "queries are coded with a newer mean than the table", "one snapshot codes both",
        SKETCH, Case("SketchHash, newest mean", SketchHash, trial=QueriesByNewestMean),
    ),
    Difference(
        "MIHash's gradient uses codes of 0 and 1 instead of -1 and 1 (`gradient=released`)",
        "the derivative of the objective (`gradient=exact`), four times as long at the same step",
        MI, Case("MIHash, released", MIHash, parameters={"gradient": "released"}),
    ),
    Difference(
        "the same at four times the step, so of about equal length", "`gradient=exact`, step 1",
        MI, Case("MIHash, released, step 4", MIHash, parameters={"gradient": "released", "step_size": 4.0}),
    ),
    Difference(
        "the same at step 1 and the exact gradient at a quarter of it", "`gradient=exact`, step 1/4",
        QUARTER_STEP, Case("MIHash, released", MIHash, parameters={"gradient": "released"}),
    ),
    Difference(
        "the trigger's histogram lets distances b - 1 and b share a bin", "all b + 1 distances are kept apart",
        MI, Case("MIHash, folded levels", MIHash, trigger=folded_levels),
    ),
    Difference(
        "codes of the initial reservoir stay zero until the first update", "every member is coded by the snapshot",
        MI, Case("MIHash, zero initial codes", MIHash, trigger=zero_initial_codes),
    ),
    Difference(
        "the rest of a batch that only partly fits the reservoir is dropped (never at size 200; here 230)",
        "all rows are offered",
        SKETCH_230, Case("SketchHash, dropping", SketchHash, trial=DropsTheRestOfABatch, reservoir=230),
    ),
    Difference(
        "AdaptHash rounds the loss up without regard to rounding errors (at 10, 20 and 30 bits; here 30)",
        "what is a whole number but for rounding counts as one",
        ADAPT_30, Case("AdaptHash, rounding", RoundingAdaptHash, bits=30),
    ),
    Difference(
        "an option of the release, not a defect: OSH without boosting", "boosting on is the default of both",
        OSH_, Case("OSH, boosting off", OSH, parameters={"boosting": False}),
    ),
)  # fmt: skip

"""One run, from the first hash table to the last checkpoint."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.evaluation import Evaluation, evaluate
from mihash_bench.experiment.hash_table import HashTable
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.metrics.average_precision import MAP_EXPECTED, MAP_INDEX
from mihash_bench.metrics.base import Metric
from mihash_bench.stream.plan import StreamPlan
from mihash_bench.stream.reservoir import Reservoir
from mihash_bench.stream.trigger import UpdatePolicy

Columns = dict[str, NDArray[Any]]
Observer = Callable[[int, int, dict[str, float]], None]


def _unobserved(done: int, checkpoints: int, metrics: dict[str, float]) -> None:
    """Take note of nothing."""


@dataclass(frozen=True)
class TrialResult:
    """The columns of a run file: one entry a checkpoint, one a table decision, and the end of the run.

    costs: what else the run took, as attributes of its file.
    """

    curve: Columns
    trigger: Columns
    final: Columns
    costs: Mapping[str, int] = field(default_factory=dict)


@dataclass
class _Seconds:
    """Seconds spent so far, by part."""

    spent: dict[str, float] = field(default_factory=lambda: {"train_s": 0.0, "reservoir_s": 0.0, "eval_s": 0.0})

    @contextmanager
    def on(self, part: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.spent[part] += time.perf_counter() - began


class Trial:
    """Streams one trial's examples to one method and measures its hash table.

    For each block up to the next table decision or checkpoint: the examples are offered to the reservoir (whose
    history does not depend on the method), the method learns from them seeing the reservoir as it was before
    each step, and at every multiple of ``update_interval`` examples the policy decides whether the table is
    rebuilt. All randomness is in ``plan`` and in the method, which ``run`` starts with ``W`` and whatever else is
    ``given`` for its start.

    update_interval and the plan's checkpoints must be multiples of the method's examples per step. ``observer``
    is called after each checkpoint with its number, how many there are, and the metrics. ``threads`` share the queries
    of an evaluation.
    """

    def __init__(
        self,
        method: OnlineHasher,
        retrieval: Retrieval,
        plan: StreamPlan,
        policy: UpdatePolicy,
        *,
        reservoir_size: int = 200,
        update_interval: int = 100,
        metrics: Sequence[Metric] = (MAP_EXPECTED,),
        W: NDArray[np.float64] | None = None,
        given: Mapping[str, Any] | None = None,
        observer: Observer = _unobserved,
        threads: int = 1,
    ) -> None:
        step = method.examples_per_step
        if update_interval % step or (plan.checkpoints % step).any():
            raise InputError(f"--update-interval: {update_interval} (allowed for {method.name}: multiples of {step})")
        self.method, self.retrieval, self.plan, self.policy = method, retrieval, plan, policy
        self.update_interval, self.metrics, self.observer = update_interval, tuple(metrics), observer
        self.threads = threads
        self.start = {"W": W, **(given or {})}
        uses_reservoir = method.uses_reservoir or policy.uses_reservoir
        self._reservoir = Reservoir(reservoir_size) if uses_reservoir else None
        self._seconds = _Seconds()
        self._curve: list[dict[str, float]] = []
        self._decisions: list[tuple[int, float, float, bool]] = []
        self._measured: dict[str, float] = {}

    def run(self) -> TrialResult:
        """Do the whole run and return its columns."""
        self.method.start(self.retrieval.database_rows, **self.start)
        self._table = HashTable(self.retrieval, self.method.snapshot())
        if self._reservoir is not None and self.method.uses_reservoir:
            self._reservoir.offer(*self.retrieval.take(self.plan.reservoir_start), self.plan.start_keys)
        seen, checkpoints = 0, set(self.plan.checkpoints.tolist())
        for stop in self._stops(checkpoints):
            self._learn(seen, stop)
            if stop and stop % self.update_interval == 0:
                self._decide(stop)
            if stop in checkpoints:
                self._measure(stop)
            seen = stop
        return TrialResult(self._curve_columns(), self._trigger_columns(), self._final_arrays())

    def _stops(self, checkpoints: set[int]) -> list[int]:
        """Where learning pauses: decisions and checkpoints, up to the last checkpoint, after which nothing counts."""
        end = max(checkpoints)
        return sorted(checkpoints | set(range(self.update_interval, end + 1, self.update_interval)))

    def _learn(self, seen: int, stop: int) -> None:
        if seen == stop:
            return
        X, y = self.retrieval.take(self.plan.order[seen:stop])
        history = None
        if self._reservoir is not None:
            with self._seconds.on("reservoir_s"):
                keys, step = self.plan.keys[seen:stop], self.method.examples_per_step
                history = self._reservoir.offer(X, y, keys, per_step=step)
        with self._seconds.on("train_s"):
            self.method.partial_fit(X, y, neighbors=self.retrieval.neighbors, reservoir=history)

    def _decide(self, seen: int) -> None:
        with self._seconds.on("reservoir_s"):
            current = self.method.snapshot()
            if not np.isfinite(current.W).all():
                raise InputError(f"{self.method.name}: its projection is no longer finite after {seen} examples")
            rows = self._reservoir.view if self._reservoir is not None and self.policy.uses_reservoir else None
            decision = self.policy.decide(current, self._table.snapshot, rows, self.retrieval.neighbors)
        self._decisions.append((seen, decision.q_current, decision.q_snapshot, decision.updated))
        if decision.updated:
            self._table.rebuild(current)

    def _measure(self, seen: int) -> None:
        if not self._table.is_coded:
            codes = self._table.codes()
            with self._seconds.on("eval_s"):
                self._measured = columns_of(self._evaluate(codes.database, codes.queries, self.metrics), self.metrics)
        costs = {"updates": self._table.updates, "bit_recomputations": self._table.bit_recomputations}
        seconds = {**self._seconds.spent, "table_s": self._table.seconds}
        self._curve.append({"examples": seen, **self._measured, **costs, **seconds})
        shown = {str(metric): self._measured[str(metric)] for metric in self.metrics}
        self.observer(len(self._curve), len(self.plan.checkpoints), shown)

    def _evaluate(self, database: Any, queries: Any, metrics: Sequence[Metric]) -> Evaluation:
        bits = self._table.snapshot.W.shape[1]
        return evaluate(database, queries, self.retrieval.relevance, metrics, bits, threads=self.threads)

    def _curve_columns(self) -> Columns:
        whole = {"examples", "updates", "bit_recomputations", "queries_without_relevant"}
        return {
            name: np.array([row[name] for row in self._curve], np.int64 if name in whole else np.float64)
            for name in self._curve[0]
        }

    def _trigger_columns(self) -> Columns:
        examples, q_current, q_snapshot, updated = zip(*self._decisions, strict=True) if self._decisions else ((),) * 4
        return {
            "examples": np.array(examples, np.int64),
            "q_current": np.array(q_current, np.float64),
            "q_snapshot": np.array(q_snapshot, np.float64),
            "updated": np.array(updated, np.bool_),
        }

    def _final_arrays(self) -> Columns:
        codes = self._table.codes()
        evaluation = self._evaluate(codes.database, codes.queries, (MAP_EXPECTED, MAP_INDEX))
        return {**per_query_arrays(evaluation, self.retrieval.queries), **self._table.snapshot.arrays()}


def per_query_arrays(evaluation: Evaluation, queries: NDArray[np.int64]) -> Columns:
    """Return AP of each query with both ties, and which rows of the dataset the queries are."""
    return {
        "ap_expected": evaluation.per_query[MAP_EXPECTED],
        "ap_index": evaluation.per_query[MAP_INDEX],
        "queries": queries,
    }


def columns_of(evaluation: Evaluation, metrics: Sequence[Metric]) -> dict[str, float]:
    """Return one column for each metric, then the number of queries without relevant items and the empty balls."""
    values = {str(metric): evaluation.value(metric) for metric in metrics}
    empty = {f"{metric} empty": left for metric in metrics if (left := evaluation.left_empty(metric)) is not None}
    return {**values, "queries_without_relevant": evaluation.queries_without_relevant, **empty}

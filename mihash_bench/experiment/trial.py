"""One run of the online setting, from the first hash table to the last checkpoint."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.encoders import Encoder
from mihash_bench.errors import DivergedError, InputError
from mihash_bench.experiment.checkpoints import Checkpoints
from mihash_bench.experiment.divergence import Watch, without_update
from mihash_bench.experiment.hash_table import HashTable
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.measuring import final_arrays, values_of_queries, with_final
from mihash_bench.experiment.policy_table import PolicyTable
from mihash_bench.experiment.result import (
    Columns,
    Decision,
    Observer,
    RunResult,
    curve_columns,
    decision_columns,
    unobserved,
)
from mihash_bench.experiment.retrieval import DatabaseRows, Retrieval
from mihash_bench.experiment.searching import Searching
from mihash_bench.experiment.seconds import Seconds
from mihash_bench.experiment.snapshot import Snapshot
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.metrics.average_precision import MAP_EXPECTED
from mihash_bench.metrics.base import Metric
from mihash_bench.policies.base import TablePolicy
from mihash_bench.policies.full import Full
from mihash_bench.store.record import Kept
from mihash_bench.stream.plan import StreamPlan
from mihash_bench.stream.reservoir import Reservoir
from mihash_bench.stream.trigger import UpdatePolicy


class Trial:
    """Streams the examples of one trial to one method and evaluates its hash table.

    The stream is cut into blocks that end at the next table decision or checkpoint. For each block, the examples are
    offered to the reservoir, whose history does not depend on the method; the method learns from them and sees the
    reservoir as it was before each step; and at every multiple of ``update_interval`` examples the policy decides
    whether the table is rebuilt. All random numbers are in ``plan`` and in the method, which ``run`` starts with ``W``
    and the values of ``given``.

    update_interval and the plan's checkpoints must be multiples of the method's examples per step. ``observer`` is
    called for each checkpoint once it is measured, which may be later (``Checkpoints``), with its number, the number
    of checkpoints, and the metrics. ``threads`` is the number
    of threads that evaluate queries. ``n_bits`` is the code length that the method must keep to; None
    for the method's own. ``keeper`` collects the hash functions of the checkpoints. ``table_policy`` says which rows an
    update recodes, with random numbers of ``table_random``; None for all rows. ``searching`` measures search engines on
    the hash table of each checkpoint; None for none.
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
        observer: Observer = unobserved,
        threads: int = 1,
        n_bits: int | None = None,
        keeper: Keeper | None = None,
        table_policy: TablePolicy | None = None,
        table_random: np.random.Generator | None = None,
        searching: Searching | None = None,
    ) -> None:
        step = method.examples_per_step
        if update_interval % step or (plan.checkpoints % step).any():
            raise InputError(f"--update-interval: {update_interval} (allowed for {method.name}: multiples of {step})")
        self.method, self.retrieval, self.plan, self.policy = method, retrieval, plan, policy
        self.update_interval, self.metrics, self.observer = update_interval, tuple(metrics), observer
        self.threads = threads
        self.n_bits = method.n_bits if n_bits is None else n_bits
        self.start = {"W": W, **(given or {})}
        uses_reservoir = method.uses_reservoir or policy.uses_reservoir
        self._reservoir = Reservoir(reservoir_size) if uses_reservoir else None
        self._seconds = Seconds()
        self._decisions: list[Decision] = []
        self._keeper = keeper or Keeper()
        self._table_policy, self._table_random = table_policy, table_random or np.random.default_rng(0)
        self._searching = searching
        self._watch = Watch()

    def run(self) -> RunResult:
        """Perform the run and return its columns.

        Raises InputError, naming the method, if its snapshots break the contract of a frozen encoder.
        """
        self.method.start(self._first_rows(), **self.start)
        self.method.keeps_block_codes = self._table_policy is not None and self._table_policy.keeps_learned_codes
        first = self._checked(self.method.snapshot())
        first.keep()
        self._watch.see(first.arrays(), "at the start")
        self._table = self._first_table(first)
        checkpoints = self._checkpoints()
        if self._reservoir is not None and self.method.uses_reservoir:
            self._reservoir.offer(*self.retrieval.take(self.plan.reservoir_start), self.plan.start_keys)
        seen, measured = 0, set(self.plan.checkpoints.tolist())
        for stop in self._stops(measured):
            self._learn(seen, stop)
            if stop and stop % self.update_interval == 0:
                self._decide(stop)
            self._enter(stop)
            if stop in measured:
                checkpoints.measure(stop)
            seen = stop
        checkpoints.finish()
        evaluation = checkpoints.evaluate(with_final(self.metrics))
        final = final_arrays(evaluation, self._table.view.queries, self._table.query_snapshot) | self._table.final()
        decisions = decision_columns(self._decisions) | self._recoded_column()
        return RunResult(
            curve_columns(checkpoints.rows), decisions, final, per_query=values_of_queries(evaluation, self.metrics),
            costs=self._table.final_values(), kept=self._kept(), diverged=self._diverged(),
            table_seconds=self._table.table_seconds,
        )  # fmt: skip

    def _kept(self) -> Kept | None:
        """Return the hash functions of the checkpoints; None if they do not determine the codes of the table."""
        return None if isinstance(self._table, PolicyTable) or self.plan.rounds else self._keeper.kept()

    def _first_rows(self) -> DatabaseRows:
        """Return the rows that a method may see before it learns: none that arrive later, or are never learned from."""
        rounds, learned = self.plan.rounds, self.retrieval.learned
        return DatabaseRows(self.retrieval.features, learned[rounds[0].rows] if rounds else learned)

    def _enter(self, stop: int) -> None:
        """Let the rows of the round that ends here into the table."""
        for number, this in enumerate(self.plan.rounds):
            if this.stop == stop:
                present = np.sort(np.concatenate([each.rows for each in self.plan.rounds[: number + 1]]))
                self._table.enter(self.retrieval.part(present, this.queries), present, this.rows)

    def _first_table(self, first: Snapshot) -> HashTable | PolicyTable:
        # A class of the user may derive from Full.
        if self._table_policy is None or type(self._table_policy) is Full:
            table: HashTable | PolicyTable = HashTable(self.retrieval, first)
        else:
            table = PolicyTable(self.retrieval, first, self._table_policy, self._table_random)
        if self.plan.rounds:
            nothing = np.empty(0, np.int64)
            table.enter(self.retrieval.part(nothing, nothing), nothing, nothing)
        return table

    def _checkpoints(self) -> Checkpoints:
        return Checkpoints(
            self._table, self.retrieval, self.plan, self.metrics, self._seconds, self.observer, self._keeper,
            self._searching, self.threads,
        )  # fmt: skip

    def _recoded_column(self) -> Columns:
        """Return the number of rows recoded at each decision, which follows from the updates if it is all of them."""
        if not isinstance(self._table, PolicyTable):
            return {}
        recoded = np.zeros(len(self._decisions), np.int64)
        recoded[[updated for *_, updated in self._decisions]] = self._table.recoded
        return {"recoded": recoded}

    def _diverged(self) -> str:
        stuck = without_update(self._decisions, changed=self._watch.changed) if self.method.learns else ""
        return self._watch.reason or stuck

    def _stops(self, checkpoints: set[int]) -> list[int]:
        """Return the points where learning pauses: all decisions and checkpoints up to the last checkpoint."""
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
        if isinstance(self._table, PolicyTable):
            learned = self.method.block_codes() if self.method.learns_codes else None
            self._table.offer(self.plan.order[seen:stop], learned)

    def _decide(self, seen: int) -> None:
        # Checks are not timed because they are not a cost of the method.
        self._table.snapshot.check_codes()
        with self._seconds.on("reservoir_s"):
            encoder = self.method.snapshot()
        current = self._checked(encoder)
        with self._seconds.on("reservoir_s"):
            self._check_finite(current, seen)
        self._watch.see(current.arrays(), f"after {seen} examples")
        with self._seconds.on("reservoir_s"):
            rows = self._reservoir.view if self._reservoir is not None and self.policy.uses_reservoir else None
            decision = self.policy.decide(current, self._table.snapshot, rows, self.retrieval.neighbors)
        self._decisions.append((seen, decision.q_current, decision.q_snapshot, decision.updated))
        if isinstance(self._table, PolicyTable):
            self._table.look(current)
        if decision.updated:
            self._table.rebuild(current)

    def _checked(self, encoder: Encoder) -> Snapshot:
        # The digest of its arrays is taken when the table is rebuilt with it.
        return Snapshot(self.method.name, encoder, self.n_bits, self.retrieval.features, keep=False)

    def _check_finite(self, encoder: Encoder, seen: int) -> None:
        if not all(np.isfinite(array).all() for array in encoder.arrays().values()):
            raise DivergedError(f"{self.method.name}: its hash functions are no longer finite after {seen} examples")

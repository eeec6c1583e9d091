"""Measuring the hash table at the checkpoints of a run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mihash_bench.codes import Words
from mihash_bench.evaluation import Evaluation
from mihash_bench.experiment.hash_table import HashTable
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.measuring import evaluate_codes, metric_values
from mihash_bench.experiment.policy_table import PolicyTable
from mihash_bench.experiment.result import Observer
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.experiment.searching import Searching
from mihash_bench.experiment.seconds import Seconds
from mihash_bench.metrics.base import SO_FAR, Metric
from mihash_bench.stream.plan import StreamPlan

# The codes of hash tables that wait to be coded together take at most so much memory, and they are at most so many.
WAITING_BYTES, WAITING = 1 << 28, 16

Values = dict[str, float]


@dataclass
class Checkpoints:
    """Measures the hash table of a run at its checkpoints.

    What a checkpoint measures does not depend on what is learned later, and several hash functions are coded in less
    time together than one by one. Therefore the codes of a table of which every update recodes all rows are computed
    and evaluated only when several tables wait for it, or at the end. A table that grows, whose rows are recoded in
    part, or in which engines search is measured at once.

    rows: the columns of the curve at each checkpoint so far that has been measured. ``observer`` is called after each
    of them with its number, the number of checkpoints, and the metrics.
    """

    table: HashTable | PolicyTable
    retrieval: Retrieval
    plan: StreamPlan
    metrics: Sequence[Metric]
    seconds: Seconds
    observer: Observer
    keeper: Keeper
    searching: Searching | None
    threads: int

    def __post_init__(self) -> None:
        self.rows: list[Values] = []
        self._measured: Values = {}
        self._searched: Values = {}
        # The costs up to each checkpoint that waits, and whether its table is that of the checkpoint before.
        self._waiting: list[tuple[Values, bool]] = []

    def measure(self, seen: int) -> None:
        """Measure the table after ``seen`` examples, now or later."""
        new = not self.table.is_coded
        if isinstance(self.table, HashTable):
            self.keeper.add(self.table.snapshot.arrays(), new=new)
        if isinstance(self.table, HashTable) and self.searching is None and not self.plan.rounds:
            self._wait(self.table, seen, new)
        else:
            self._measure_now(seen, new)

    def finish(self) -> None:
        """Measure the tables that wait."""
        if isinstance(self.table, HashTable):
            self._measure_waiting(self.table)

    def evaluate(self, metrics: Sequence[Metric], asked: Retrieval | None = None) -> Evaluation:
        """Evaluate the table as it is, with the queries of ``asked`` or its own."""
        return self._evaluate(self.table.words(), metrics, asked)

    def _wait(self, table: HashTable, seen: int, new: bool) -> None:
        if new:
            table.postpone()
        self._waiting.append((self._costs(seen), new))
        if table.postponed >= min(WAITING, max(1, WAITING_BYTES // table.code_bytes)):
            self._measure_waiting(table)

    def _measure_waiting(self, table: HashTable) -> None:
        coded = table.code_postponed()
        for costs, new in self._waiting:
            if new:
                words = next(coded)
                with self.seconds.on("eval_s"):
                    self._measured = metric_values(self._evaluate(words, self.metrics), self.metrics)
            self._add(costs)
        self._waiting.clear()

    def _measure_now(self, seen: int, new: bool) -> None:
        if new:
            words, table = self.table.words(), self.table
            with self.seconds.on("eval_s"):
                found = metric_values(self._evaluate(words, self.metrics), self.metrics)
                self._measured = found | self._so_far(seen)
            if self.searching is not None:
                self._searched = self.searching.columns(table.view, words, table.snapshot.n_bits, table.updates)
        self._add(self._costs(seen))

    def _costs(self, seen: int) -> Values:
        counts = {"updates": self.table.updates, "bit_recomputations": self.table.bit_recomputations}
        return {"examples": seen, **counts, **self.seconds.spent}

    def _add(self, costs: Values) -> None:
        """Add the row of a checkpoint, whose seconds of measuring are known only now."""
        now = {"eval_s": self.seconds.spent["eval_s"], "table_s": self.table.seconds}
        self.rows.append({"examples": costs["examples"], **self._measured, **costs, **now, **self._searched})
        shown = {str(metric): self._measured[str(metric)] for metric in self.metrics}
        self.observer(len(self.rows), len(self.plan.checkpoints), shown)

    def _so_far(self, seen: int) -> Values:
        """Return the metrics of the queries of all rounds so far, if the protocol asks for them."""
        [earlier] = [each.earlier for each in self.plan.rounds if each.stop == seen] or [None]
        if earlier is None:
            return {}
        asked = replace(self.table.view, queries=self.retrieval.queries[earlier])
        found = self.evaluate(self.metrics, asked)
        return {f"{metric}{SO_FAR}": found.value(metric) for metric in self.metrics}

    def _evaluate(self, words: Words, metrics: Sequence[Metric], asked: Retrieval | None = None) -> Evaluation:
        bits = self.table.snapshot.n_bits
        return evaluate_codes(asked or self.table.view, words, metrics, bits, threads=self.threads)

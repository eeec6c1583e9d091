"""Measuring search engines on the hash table of a run while it learns."""

from collections.abc import Sequence

from mihash_bench.answers.measuring import Measure, Searched, measures, octets
from mihash_bench.answers.scoring import NearRows
from mihash_bench.codes import Words
from mihash_bench.engines.base import Engine
from mihash_bench.experiment.feature_neighbors import feature_neighbors
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.store.columns import SEARCHED

# So many rows are asked for, or all of a smaller table.
MOST_ROWS = 100
# The values of a measure that are columns. Seconds have names that end in _s, as in all columns that vary by machine.
COLUMNS = (
    "build_s", "bytes", "skew", "code_recall", "feature_recall", "precision", "unanswered", "p50_s", "p99_s",
    "candidates", "lookups", "empty",
)  # fmt: skip


class Searching:
    """Measures engines on the hash table of each checkpoint.

    engines: their classes. Parameters have their defaults, and the effort is the middle one of the usual ones.
    """

    def __init__(self, engines: Sequence[type[Engine]]) -> None:
        self._engines = engines
        self._view: Retrieval | None = None
        self._near: NearRows | None = None
        self._updates = 0
        self._rebuilding = dict.fromkeys((engine.name for engine in engines), 0.0)

    def columns(self, view: Retrieval, words: Words, n_bits: int, updates: int) -> dict[str, float]:
        """Return the values of a checkpoint by column.

        view: what is searched by whom. words: packed codes of all rows, in file order. updates: the number of table
        updates so far. Besides what is in ``answers.measuring.Measure``, ``query_s`` are the mean seconds of a query,
        and ``rebuild_s`` those of rebuilding the index so far: at each checkpoint, they grow by the seconds of building
        it from the present codes times the updates since the previous checkpoint.
        """
        k = min(MOST_ROWS, len(view.database))
        if view is not self._view:
            self._view, self._near = view, feature_neighbors(view, k)
        database, queries = octets(words[view.database], n_bits), octets(words[view.queries], n_bits)
        table = Searched(database, queries, n_bits, view.relevance.block, self._near)
        values: dict[str, float] = {}
        for measure in measures([_usual(each, len(database), n_bits) for each in self._engines], table, k):
            self._rebuilding[measure.engine] += measure.build_s * (updates - self._updates)
            values |= self._values(measure)
        self._updates = updates
        return values

    def _values(self, measure: Measure) -> dict[str, float]:
        values = {name: float(getattr(measure, name)) for name in COLUMNS}
        values |= {"query_s": 1 / measure.queries_per_second, "rebuild_s": self._rebuilding[measure.engine]}
        return {f"{SEARCHED}{measure.engine} {name}": value for name, value in values.items()}


def _usual(engine: type[Engine], n_rows: int, n_bits: int) -> Engine:
    efforts = engine().efforts(n_rows, n_bits)
    return engine(**{engine.effort: efforts[len(efforts) // 2]}) if efforts else engine()

"""Classes of plug-ins that break one rule each, on purpose."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mihash_bench.batch.sdh import SDH
from mihash_bench.datasets.base import QueryProtocol, RawData
from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.encoders import LinearCodes
from mihash_bench.methods.lsh import LSH
from mihash_bench.metrics.base import Metric
from mihash_bench.parameters import Real


class Learning(LSH):
    """A method without fault that learns from every row."""

    def _step(self, X, y, *, neighbors, reservoir):
        self.W_ = self.W_ + 0.1 * X.T * (1 if y is None else float(np.sum(y)) - 1)


class KeepsItsCodes(Learning):
    """Says that it learns codes but gives none."""

    learns_codes = True


class WideCodes(Learning):
    """Codes of the wrong width."""

    def snapshot(self):
        return LinearCodes(np.hstack([self.W_, self.W_[:, :1]]))


class FloatCodes(Learning):
    """Codes that are not boolean."""

    def encode(self, X):
        return super().encode(X).astype(float)


class LivingSnapshot(Learning):
    """Snapshots that go on learning."""

    def _step(self, X, y, *, neighbors, reservoir):
        self.W_ += X.T

    def snapshot(self):
        return LinearCodes(self.W_)


class ReadsAhead(Learning):
    """Reads the rows behind the block in memory."""

    def _fit_block(self, X, y, neighbors, reservoir):
        whole = X if X.base is None else X.base
        self.W_ = self.W_ + whole[-1:].T


class LooksInsideItsBlock(Learning):
    """Learns each row of a block from its last row."""

    def _fit_block(self, X, y, neighbors, reservoir):
        for row in X:
            self.W_ = self.W_ + np.outer(row * X[-1], np.ones(self.n_bits))


class DrawsAnew(Learning):
    """Draws without the seed."""

    def _step(self, X, y, *, neighbors, reservoir):
        self.W_ = np.random.default_rng().normal(size=self.W_.shape)


class SeedsGlobally(Learning):
    """Draws from the global numbers of NumPy, after seeding them."""

    def _start(self, database, W, **given):
        np.random.seed(self.random_state)  # noqa: NPY002
        self.W_ = np.random.normal(size=(self.n_features_in_, self.n_bits))  # noqa: NPY002


class ScalesItsInput(Learning):
    """Changes the rows that it is given."""

    def _step(self, X, y, *, neighbors, reservoir):
        X *= 2
        super()._step(X, y, neighbors=neighbors, reservoir=reservoir)


class CentresTheBatch(Learning):
    """Codes that depend on what else is encoded."""

    def encode(self, X):
        return super().encode(X - np.mean(X, axis=0))


class HidesAParameter(Learning):
    """A parameter that no config can contain."""

    def __init__(self, n_bits: int = 32, *, rate: float = 0.5, random_state: Any = None) -> None:
        super().__init__(n_bits, random_state=random_state)
        self.rate = rate


class RoundsAParameter(HidesAParameter):
    """A parameter that is not stored as it was given."""

    constraints: ClassVar = {"rate": Real(0)}

    def __init__(self, n_bits: int = 32, *, rate: float = 0.5, random_state: Any = None) -> None:
        super().__init__(n_bits, rate=rate, random_state=random_state)
        self.rate = float(rate)


class KeepsRows(Learning):
    """Keeps the stream."""

    def _step(self, X, y, *, neighbors, reservoir):
        super()._step(X, y, neighbors=neighbors, reservoir=reservoir)
        self.rows_ = [*getattr(self, "rows_", []), X]


class ReadsQueries(SDH):
    """A batch method that reads what lies behind the training points in memory."""

    def _learn(self, X, y, **given):
        behind = X.base if X.base is not None else X
        yield from super()._learn(X * np.sign(behind[-1] + 1e-9), y, **given)


@dataclass(frozen=True)
class Hits(Metric):
    """A metric without fault: the share of relevant items at distances 0 to 4."""

    name: ClassVar[str] = "hits"
    title: ClassVar[str] = "Hits"
    higher_is_better: ClassVar[bool] = True
    forms: ClassVar[tuple[str, ...]] = ("hits",)
    bounds: ClassVar[tuple[float, float] | None] = (0.0, 1.0)

    @classmethod
    def parse(cls, text):
        return cls() if re.fullmatch("hits", text) else None

    def __str__(self):
        return "hits"

    def per_query(self, counts, ranks):
        return counts.hits[:, :5].sum(axis=1) / np.maximum(counts.items[:, :5].sum(axis=1), 1)


class OutOfBounds(Hits):
    """Values above the bounds."""

    def per_query(self, counts, ranks):
        return 1.5 * super().per_query(counts, ranks)


class Weighted(Hits):
    """A mean that weights the queries."""

    class Values(np.ndarray):
        def mean(self, *args, **kwargs):
            return float(np.average(np.asarray(self), weights=np.arange(1, len(self) + 1)))

    def per_query(self, counts, ranks):
        return super().per_query(counts, ranks).view(self.Values)


class RankedQueries(Hits):
    """Values that depend on the order of the queries."""

    def per_query(self, counts, ranks):
        values = super().per_query(counts, ranks)
        return values / np.arange(1, len(values) + 1)


class UpsideDown(Hits):
    """A wrong direction."""

    higher_is_better: ClassVar[bool] = False


class ReadsEverything(Hits):
    """Takes the specs of all others."""

    @classmethod
    def parse(cls, text):
        return cls()


class Divides(Hits):
    """Infinite values for a query without relevant items."""

    bounds: ClassVar[None] = None

    def per_query(self, counts, ranks):
        with np.errstate(divide="ignore"):
            return super().per_query(counts, ranks) + 1.0 / counts.relevant


class Small(Synthetic):
    """A dataset without fault."""

    def __init__(self, *, n=300, d=8, classes=3, difficulty=1.0, data_seed=0):
        super().__init__(n=n, d=d, classes=classes, difficulty=difficulty, data_seed=data_seed)

    def rows(self):
        raw = super().read(None)
        return np.concatenate(list(raw.chunks())), raw.labels


class WithNan(Small):
    """A row with NaN."""

    def read(self, data_dir):
        X, y = self.rows()
        X[7, 2] = np.nan
        return RawData(len(X), X.shape[1], lambda: iter([X]), y)


class Overlapping(Small):
    """Queries that are rows of the database, too."""

    @property
    def queries(self):
        return QueryProtocol()

    def read(self, data_dir):
        X, y = self.rows()
        X, y = np.concatenate([X, X[:5]]), np.concatenate([y, y[:5]])
        return RawData(len(X), X.shape[1], lambda: iter([X]), y, np.arange(len(X)) >= 300)


class DrawnAnew(Small):
    """Other rows each time."""

    def read(self, data_dir):
        self.data_seed = np.random.default_rng().integers(1_000_000)
        return super().read(data_dir)


class ReadOnce(Small):
    """Chunks that do not begin anew."""

    def read(self, data_dir):
        X, y = self.rows()
        chunks = iter([X])
        return RawData(len(X), X.shape[1], lambda: chunks, y)


class LabelsBelowZero(Small):
    """Labels that are no whole numbers from 0."""

    def read(self, data_dir):
        X, y = self.rows()
        return RawData(len(X), X.shape[1], lambda: iter([X]), y - 1)

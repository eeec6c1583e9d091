"""Compares the kernels with the textbook implementation, faiss and scikit-learn on generated data, with one thread.

    python benchmarks/kernels.py

measures the evaluation compared with a bare pass, and nothing else.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import textbook
from measure import HEADER, Ratio, markdown, ratio, seconds
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from mihash_bench.codes import pack
from mihash_bench.evaluation import evaluate
from mihash_bench.methods.mihash import MIHash
from mihash_bench.metrics.base import parse_metrics
from mihash_bench.neighbors import QueryRelevance, SharedLabels
from mihash_bench.stream.reservoir import Reservoir

CIFAR_ITEMS, CIFAR_QUERIES = 59_000, 1_000
PLACES_ITEMS, PLACES_QUERIES = 2_400_000, 40
# Number of queries on which slow implementations are timed. Their seconds are scaled to all queries.
SLOW_QUERIES = 100
CLASSES = 10
BARE = "one bare XOR and bitwise_count pass"
# As few distinct codes of 12 bits as MIHash learns on CIFAR-10: about 1,000, and 3,000 with the labels.
LEARNED = 0.06


class Codes:
    """A table and queries that resemble learned codes: each is close to the code of its class.

    flipped: the probability with which a bit differs from the class's.
    """

    def __init__(self, items: int, queries: int, bits: int, flipped: float = 0.25, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        centres = rng.random((CLASSES, bits)) < 0.5
        self.labels = rng.integers(0, CLASSES, items + queries)
        self.bits = bits
        flips = np.concatenate([rng.random((len(part), bits)) < flipped for part in np.array_split(self.labels, 40)])
        codes = centres[self.labels] ^ flips
        self.table, self.queries = codes[:items], codes[items:]
        self.words, self.query_words = pack(self.table), pack(self.queries)
        rows = np.arange(items + queries)
        nothing = np.zeros((items + queries, 1), np.float32)
        self.relevance = QueryRelevance(SharedLabels(), nothing, self.labels, rows[items:], rows[:items])

    @property
    def item_labels(self) -> NDArray[np.int64]:
        """Labels of the table."""
        return self.labels[: len(self.table)]

    @property
    def query_labels(self) -> NDArray[np.int64]:
        """Labels of the queries."""
        return self.labels[len(self.table) :]

    def ours(self, metrics: str, threads: int = 1) -> None:
        """Evaluate all queries."""
        parsed = parse_metrics(metrics)
        evaluate(self.words, self.query_words, self.relevance, parsed, self.bits, threads=threads)

    def bare(self) -> Callable[[], None]:
        """Return a function that applies XOR and population count to all pairs, using preallocated arrays."""
        words, codes = np.ascontiguousarray(self.words[:, 0]), self.query_words[:, 0]
        differing, counts = np.empty_like(words), np.empty(len(words), np.uint8)

        def run() -> None:
            for code in codes:
                np.bitwise_xor(words, code, out=differing)
                np.bitwise_count(differing, out=counts)

        return run

    def textbook(self) -> None:
        """Evaluate some queries by a float product and a stable sort."""
        some = slice(0, SLOW_QUERIES)
        textbook.average_precisions(self.table, self.queries[some], self.item_labels, self.query_labels[some])

    def scikit_learn(self) -> None:
        """Compute AP of some queries from distances with scikit-learn, which has its own rule for ties."""
        from sklearn.metrics import average_precision_score

        for query, label in zip(self.query_words[:SLOW_QUERIES], self.query_labels, strict=False):
            distance = np.bitwise_count(self.words ^ query).sum(axis=1)
            average_precision_score(self.item_labels == label, -distance.astype(np.float64))

    def faiss(self) -> Callable[[], None]:
        """Return a function in which faiss ranks all items by distance for some queries."""
        import faiss

        faiss.omp_set_num_threads(1)
        index = faiss.IndexBinaryFlat(64 * self.words.shape[1])
        index.add(self.words.view(np.uint8))
        queries = np.ascontiguousarray(self.query_words[:SLOW_QUERIES]).view(np.uint8)
        return lambda: index.search(queries, len(self.words))


def evaluation() -> Iterator[Ratio]:
    """Compare the evaluation of a CIFAR-10 table."""
    codes = Codes(CIFAR_ITEMS, CIFAR_QUERIES, 32)
    part = CIFAR_QUERIES / SLOW_QUERIES
    size = f"{CIFAR_ITEMS:,} x {CIFAR_QUERIES:,}, 32 bits"
    expected, index = (lambda: codes.ours("mAP")), (lambda: codes.ours("mAP[ties=index]"))
    yield ratio(
        f"mAP, {size}: float product + stable sort / ours, expected ties", codes.textbook, expected, scale=(part, 1),
        wanted="40",
    )  # fmt: skip
    yield ratio(
        f"mAP, {size}: float product + stable sort / ours, index ties", codes.textbook, index, scale=(part, 1),
        wanted="15",
    )  # fmt: skip
    yield ratio(f"faiss IndexBinaryFlat, k = n / ours, expected ties, {size}", codes.faiss(), expected, scale=(part, 1),
                repetitions=3)  # fmt: skip
    yield ratio(f"scikit-learn average_precision_score / ours, expected ties, {size}", codes.scikit_learn, expected,
                scale=(part, 1), repetitions=3)  # fmt: skip
    yield ratio(f"ours, expected ties: one thread / two threads, {size}", expected, lambda: codes.ours("mAP", 2))


def bare_passes() -> Iterator[Ratio]:
    """Compare the evaluation of a CIFAR-10 table with a bare pass over all pairs."""
    for bits, flipped, metric, wanted in (
        (32, 0.25, "mAP", "0.4"), (64, 0.25, "mAP", "0.7"), (12, LEARNED, "mAP", "0.1"),
        (32, 0.25, "mAP[ties=index]", "1"),
    ):  # fmt: skip
        codes = Codes(CIFAR_ITEMS, CIFAR_QUERIES, bits, flipped)
        few = f", {len(np.unique(codes.words)):,} distinct codes" if flipped == LEARNED else ""
        yield ratio(
            f"ours, {'index' if 'index' in metric else 'expected'} ties / {BARE}, "
            f"{CIFAR_ITEMS:,} x {CIFAR_QUERIES:,}, {bits} bits{few}",
            lambda codes=codes, metric=metric: codes.ours(metric), codes.bare(), wanted=f"at most {wanted}",
        )  # fmt: skip


def large_evaluation() -> Iterator[Ratio]:
    """Compare the evaluation of a table of Places205's size with a bare pass over all pairs."""
    codes = Codes(PLACES_ITEMS, PLACES_QUERIES, 32)
    yield ratio(
        f"ours, expected ties / {BARE}, {PLACES_ITEMS:,} x {PLACES_QUERIES:,}, 32 bits",
        lambda: codes.ours("mAP"), codes.bare(), repetitions=3, wanted="at most 0.4",
    )  # fmt: skip


class Training:
    """A stream to learn from, in double precision as in the textbook implementation."""

    def __init__(self, d: int, bits: int, rows: int = 1_200, members: int = 200) -> None:
        rng = np.random.default_rng(0)
        y = rng.integers(0, CLASSES, rows)
        X = rng.normal(size=(CLASSES, d))[y] + 3 * rng.normal(size=(rows, d))
        X /= np.linalg.norm(X, axis=1, keepdims=True)
        self.stream = textbook.Stream(X, y, np.arange(members), np.arange(members, rows))
        self.method = MIHash(bits, gradient="released", random_state=0)
        self.W = self.method.start(X).W_.copy()

    def ours(self, steps: int) -> None:
        """Learn from some examples in blocks of 100, including the work of the reservoir."""
        s = self.stream
        self.method.start(s.X, W=self.W)
        reservoir, keys = Reservoir(len(s.reservoir)), np.random.default_rng(1).random(len(s.X))
        reservoir.offer(s.X[s.reservoir], s.y[s.reservoir], keys[s.reservoir])
        for start in range(0, steps, 100):
            rows = s.examples[start : start + 100]
            history = reservoir.offer(s.X[rows], s.y[rows], keys[rows])
            self.method.partial_fit(s.X[rows], s.y[rows], reservoir=history)


def training(sizes: tuple[tuple[int, int, str], ...] = ((1024, 32, "6"), (4096, 64, "15"))) -> Iterator[Ratio]:
    """Compare the training steps of MIHash."""
    for d, bits, wanted in sizes:
        each = Training(d, bits)
        yield ratio(
            f"MIHash training, d {d}, {bits} bits: NumPy step by step / ours",
            lambda each=each: textbook.train(each.stream, each.W, 200), lambda each=each: each.ours(1000),
            scale=(5, 1), wanted=wanted,
        )  # fmt: skip


def limits() -> dict[str, float]:
    """Return what this machine can do: ns per pair of XOR and population count, GFLOP/s of products, GB/s of reads."""
    codes = Codes(CIFAR_ITEMS, 200, 32)
    bare = codes.bare()
    bare()
    rng = np.random.default_rng(0)
    single = rng.random((8192, 1024), np.float32)
    double = single.astype(np.float64)
    W = rng.random((1024, 32), np.float32)
    wide = rng.random((1024, 1024), np.float32)
    large = np.ones(1 << 27, np.float32)

    def best(work: Callable[[], Any]) -> float:
        return min(seconds(work) for _ in range(5))

    return {
        "XOR and population count, ns per pair (59,000 items)": best(bare) / (CIFAR_ITEMS * 200) * 1e9,
        "single precision, 8192 x 1024 x 1024, GFLOP/s": 2 * 8192 * 1024 * 1024 / best(lambda: single @ wide) / 1e9,
        "single precision, 8192 x 1024 x 32, GFLOP/s": 2 * 8192 * 1024 * 32 / best(lambda: single @ W) / 1e9,
        "double precision, 8192 x 1024 x 32, GFLOP/s": 2 * 8192 * 1024 * 32
        / best(lambda: double @ W.astype(np.float64)) / 1e9,
        "reading 512 MiB, GB/s": large.nbytes / best(lambda: large.sum()) / 1e9,
    }  # fmt: skip


if __name__ == "__main__":
    with threadpool_limits(1):
        print(markdown(HEADER, [each.row() for each in (*bare_passes(), *large_evaluation())]))

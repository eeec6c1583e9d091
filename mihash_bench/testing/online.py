"""The contract of an online hashing method.

Each check creates the method with 16 bits and its default parameters and uses 42 blocks of 40 features in three
classes. A block has 100 rows, or as many more as the method needs for a whole number of steps.
"""

import pickle
import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.neighbors import WithinDistance
from mihash_bench.stream.reservoir import Reservoir
from mihash_bench.testing.declared import DECLARED_CHECKS

BLOCKS, BLOCK_ROWS, FEATURES, CLASSES, BITS, MEMBERS = 42, 100, 40, 3, 16, 30


class ContractStream:
    """The rows, labels and reservoir keys of one stream, and a method that learns from it."""

    def __init__(self, method_class: type[OnlineHasher], seed: int = 0) -> None:
        made: Any = method_class
        unstarted: OnlineHasher = made(BITS, random_state=seed)
        step = unstarted.examples_per_step
        self.block = -(-BLOCK_ROWS // step) * step
        rng, rows = np.random.default_rng(0), BLOCKS * self.block
        self.y: NDArray[np.int64] | None = rng.integers(0, CLASSES, rows)
        X = rng.normal(size=(CLASSES, FEATURES))[self.y] + rng.normal(size=(rows, FEATURES))
        self.X: NDArray[np.float64] = X / np.linalg.norm(X, axis=1, keepdims=True)
        self.keys = rng.random(rows)
        self.reservoir = Reservoir(MEMBERS)
        self.method: OnlineHasher = unstarted.start(self.X.copy())

    def learn(self, cuts: Sequence[int]) -> OnlineHasher:
        """Learn from the blocks between consecutive cuts, each time at once. The cuts are numbers of blocks."""
        for start, stop in pairwise(cuts):
            self.fit(slice(start * self.block, stop * self.block))
        return self.method

    def fit(self, rows: slice) -> None:
        """Offer the rows to the reservoir and learn from them."""
        X, y = self.X[rows], None if self.y is None else self.y[rows]
        history = self.reservoir.offer(X, y, self.keys[rows], per_step=self.method.examples_per_step)
        neighbors = None if self.y is not None else WithinDistance(1.0)
        self.method.partial_fit(X, y, neighbors=neighbors, reservoir=history)


def _refuses(stream: ContractStream, said: str, X: NDArray[np.float64], y: NDArray[Any] | None) -> None:
    """Check that a block is refused with an InputError that contains ``said`` and does not change the method."""
    rows = slice(0, len(X))
    labels = None if stream.y is None else stream.y[rows]
    per_step = stream.method.examples_per_step
    history = Reservoir(MEMBERS).offer(stream.X[rows], labels, stream.keys[rows], per_step=per_step)
    before = pickle.dumps(stream.method)
    try:
        stream.method.partial_fit(X, y, reservoir=history)
    except InputError as error:
        refusal = str(error)
    else:
        raise AssertionError(f"a block was accepted that should be refused ({said})")
    assert said in refusal, f"the error message does not contain {said!r}: {refusal}"
    assert pickle.dumps(stream.method) == before, "a refused block changed the method"


def _share(codes: NDArray[Any], others: NDArray[Any]) -> str:
    """Return which share of the bits differs, as text."""
    if np.shape(codes) != np.shape(others):
        return f"all (shapes {np.shape(codes)} and {np.shape(others)})"
    return f"{np.mean(codes != others):.1%}"


def _is_finite(method: OnlineHasher) -> None:
    for name, array in method.snapshot().arrays().items():
        assert np.isfinite(array).all(), f"the array {name} of the snapshot contains NaN or infinity"


def check_the_same_seed_gives_the_same_bits(method_class: type[OnlineHasher]) -> None:
    """The result depends only on the seed, and another seed gives another one unless ``draws`` is False."""
    first, again, other = (ContractStream(method_class, seed) for seed in (0, 0, 1))
    codes = [stream.learn([0, 4]).encode(stream.X) for stream in (first, again, other)]
    assert np.array_equal(codes[0], codes[1]), "the same seed gave two different results"
    if method_class.draws:
        assert (codes[0] != codes[2]).any(), "another seed gave the same result"
    else:
        assert np.array_equal(codes[0], codes[2]), "draws is False, but another seed gave another result"


def check_a_clone_has_the_parameters_and_none_of_the_state(method_class: type[OnlineHasher]) -> None:
    """A clone has the same parameters and has learned nothing."""
    method = ContractStream(method_class).learn([0, 4])
    clone = method.clone()
    assert clone.get_params() == method.get_params(), "the parameters of a clone differ"
    kept = [name for name in vars(clone) if name.endswith("_")]
    assert not kept, f"a clone has the learned attributes {', '.join(kept)}"


def check_global_random_numbers_are_left_alone(method_class: type[OnlineHasher]) -> None:
    """Neither ``np.random`` nor ``random`` is used or seeded; random numbers come from ``self.random_``."""
    codes = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002 - the rule is about this global state
        random.seed(seed)
        before = repr(np.random.get_state()), random.getstate()  # noqa: NPY002
        stream = ContractStream(method_class)
        codes.append(stream.learn([0, 4]).encode(stream.X))
        after = repr(np.random.get_state()), random.getstate()  # noqa: NPY002
        assert before[0] == after[0], "the state of np.random has changed"
        assert before[1] == after[1], "the state of random has changed"
    assert np.array_equal(codes[0], codes[1]), (
        f"{_share(codes[0], codes[1])} of the bits differ after another np.random.seed"
    )


def check_later_rows_and_queries_are_not_read(method_class: type[OnlineHasher]) -> None:
    """What is learned from the first rows does not depend on the rows and labels that come later, or are queries."""
    plain, other = ContractStream(method_class), ContractStream(method_class)
    database = plain.X.copy()
    assert other.y is not None
    later = slice(3 * other.block, None)
    other.X[later], other.y[later] = -other.X[later][::-1], (other.y[later] + 1) % CLASSES
    codes = [stream.learn([0, 1, 2, 3]).encode(database) for stream in (plain, other)]
    assert np.array_equal(codes[0], codes[1]), f"{_share(codes[0], codes[1])} of the bits differ after other later rows"


def check_blocks_do_not_matter(method_class: type[OnlineHasher]) -> None:
    """The result does not depend on how the stream is cut into blocks of complete steps."""
    whole, cut = ContractStream(method_class), ContractStream(method_class)
    X = whole.X
    codes = whole.learn([0, 6]).encode(X), cut.learn([0, 1, 2, 5, 6]).encode(X)
    assert np.array_equal(codes[0], codes[1]), (
        f"{_share(codes[0], codes[1])} of the bits differ between one block and four"
    )


def check_pickle_in_mid_stream(method_class: type[OnlineHasher]) -> None:
    """A pickled method continues exactly like the original."""
    stream = ContractStream(method_class)
    stream.learn([0, 3])
    copy = pickle.loads(pickle.dumps(stream))
    codes = stream.learn([3, 6]).encode(stream.X), copy.learn([3, 6]).encode(stream.X)
    assert np.array_equal(codes[0], codes[1]), (
        f"{_share(codes[0], codes[1])} of the bits differ between the original and the pickled method"
    )


def check_inputs_are_not_changed(method_class: type[OnlineHasher]) -> None:
    """The method works with a read-only database, rows, labels and keys, and does not change them."""
    stream = ContractStream(method_class)
    for array in (stream.X, stream.y, stream.keys):
        if array is not None:
            array.flags.writeable = False
    before = stream.X.copy()
    stream.method = method_class(BITS, random_state=0).start(stream.X)  # type: ignore[call-arg]
    stream.learn([0, 4]).encode(stream.X)
    assert np.array_equal(stream.X, before), "the rows of the stream were changed"


def check_codes_have_a_column_for_each_bit(method_class: type[OnlineHasher]) -> None:
    """Codes are a boolean matrix of shape (n, bits), of the method and of its snapshots."""
    stream = ContractStream(method_class)
    method = stream.learn([0, 4])
    for codes in (method.encode(stream.X), method.snapshot().encode(stream.X)):
        assert isinstance(codes, np.ndarray), f"codes are of the type {type(codes).__name__}"
        assert codes.dtype == np.bool_, f"codes have the type {codes.dtype}"
        assert codes.shape == (len(stream.X), BITS), (
            f"codes have the shape {codes.shape} for {len(stream.X)} rows and {BITS} bits"
        )


def check_codes_do_not_depend_on_other_rows(method_class: type[OnlineHasher]) -> None:
    """The code of a row is the same at each call, and whatever other rows are encoded with it."""
    stream = ContractStream(method_class)
    method = stream.learn([0, 4])
    codes = method.encode(stream.X)
    assert np.array_equal(method.encode(stream.X), codes), "two calls gave different codes"
    alone = method.encode(stream.X[7:9])
    assert np.array_equal(alone, codes[7:9]), (
        f"{_share(alone, codes[7:9])} of the bits of two rows differ without the others"
    )


def check_a_run_file_restores_the_codes(method_class: type[OnlineHasher]) -> None:
    """``encoder_from(snapshot().arrays())``, which is what a run file keeps, gives the codes of the method."""
    stream = ContractStream(method_class)
    method = stream.learn([0, 4])
    restored = method.encoder_from(method.snapshot().arrays())
    assert restored.n_bits == BITS, f"the restored encoder has {restored.n_bits} bits, not {BITS}"
    codes = restored.encode(stream.X), method.encode(stream.X)
    assert np.array_equal(codes[0], codes[1]), f"{_share(codes[0], codes[1])} of the bits differ"


def check_a_snapshot_stays_as_it_was(method_class: type[OnlineHasher]) -> None:
    """Later learning does not change a snapshot."""
    stream = ContractStream(method_class)
    snapshot = stream.learn([0, 2]).snapshot()
    codes = snapshot.encode(stream.X)
    stream.learn([2, 6])
    assert np.array_equal(snapshot.encode(stream.X), codes), (
        f"{_share(snapshot.encode(stream.X), codes)} of the bits of an earlier snapshot differ"
    )


def check_memory_is_bounded(method_class: type[OnlineHasher]) -> None:
    """A method does not store the stream: it does not grow with ten times as many examples."""
    stream = ContractStream(method_class)
    early = len(pickle.dumps(stream.learn([0, 4])))
    late = len(pickle.dumps(stream.learn([4, 40])))
    assert late <= early + 1_000, f"the method grew from {early} to {late} bytes"


def check_learned_codes_are_those_of_the_block(method_class: type[OnlineHasher]) -> None:
    """If ``learns_codes``, the method gives codes of rows of its last block, the same however the stream is cut."""
    if not method_class.learns_codes:
        return
    whole, cut = ContractStream(method_class), ContractStream(method_class)
    found = []
    for stream, cuts in ((whole, [0, 4]), (cut, [0, 1, 4])):
        stream.method.keeps_block_codes = True
        parts = []
        for start, stop in pairwise(cuts):
            places, codes = stream.learn([start, stop]).block_codes()
            rows = (stop - start) * stream.block
            assert len(np.unique(places)) == len(places), "block_codes gives a row twice"
            assert ((places >= 0) & (places < rows)).all(), "block_codes gives positions outside of the block"
            assert codes.dtype == np.bool_, f"block_codes gives codes of {codes.dtype}"
            assert codes.shape == (len(places), BITS), f"block_codes gives codes of shape {codes.shape}"
            parts.append((places + start * stream.block, codes))
        found.append([np.concatenate(each) for each in zip(*parts, strict=True)])
    assert len(found[0][0]), "block_codes gives no codes"
    same = all(map(np.array_equal, *found))
    assert same, "block_codes gives other codes if the stream is cut elsewhere"


def check_a_stream_of_one_class(method_class: type[OnlineHasher]) -> None:
    """If all rows are neighbors, the hash functions stay finite."""
    stream = ContractStream(method_class)
    stream.y = np.zeros(len(stream.X), np.int64)
    _is_finite(stream.learn([0, 4]))


def check_labels_are_needed_as_declared(method_class: type[OnlineHasher]) -> None:
    """A stream without labels is refused by a method that needs labels and accepted by any other."""
    stream = ContractStream(method_class)
    if method_class.needs_labels:
        _refuses(stream, "labels", stream.X[: stream.block], None)
    else:
        stream.y = None
        _is_finite(stream.learn([0, 4]))


def check_multi_labels(method_class: type[OnlineHasher]) -> None:
    """Labels may be a 0/1 matrix."""
    stream = ContractStream(method_class)
    labels: Any = np.random.default_rng(1).random((len(stream.X), 5)) < 0.3
    stream.y = labels.astype(np.uint8)
    _is_finite(stream.learn([0, 4]))


def check_bad_rows_are_refused(method_class: type[OnlineHasher]) -> None:
    """NaN, infinity, another number of features and mismatched labels are refused before anything is learned."""
    stream = ContractStream(method_class)
    X, y = stream.X[: stream.block], stream.y[: stream.block] if stream.y is not None else None
    for bad in (np.nan, np.inf):
        wrong = X.copy()
        wrong[3, 4] = bad
        _refuses(stream, "NaN or infinity", wrong, y)
    _refuses(stream, "features", X[:, :-1], y)
    _refuses(stream, "does not fit", X, None if y is None else y[:-1])


CHECKS = (
    *DECLARED_CHECKS,
    check_codes_have_a_column_for_each_bit,
    check_codes_do_not_depend_on_other_rows,
    check_the_same_seed_gives_the_same_bits,
    check_global_random_numbers_are_left_alone,
    check_a_clone_has_the_parameters_and_none_of_the_state,
    check_later_rows_and_queries_are_not_read,
    check_blocks_do_not_matter,
    check_pickle_in_mid_stream,
    check_inputs_are_not_changed,
    check_a_snapshot_stays_as_it_was,
    check_a_run_file_restores_the_codes,
    check_memory_is_bounded,
    check_learned_codes_are_those_of_the_block,
    check_a_stream_of_one_class,
    check_labels_are_needed_as_declared,
    check_multi_labels,
    check_bad_rows_are_refused,
)

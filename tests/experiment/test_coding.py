from dataclasses import dataclass, field

import numpy as np
import pytest

from mihash_bench.anchors import KernelMap
from mihash_bench.codes import pack
from mihash_bench.encoders import CHUNK_ROWS, KernelCodes, LinearCodes
from mihash_bench.experiment.coding import Coder
from mihash_bench.experiment.snapshot import Snapshot

# Two chunks, the second one shorter.
ROWS = CHUNK_ROWS + 100


@dataclass(frozen=True)
class CountingCodes(KernelCodes):
    """Kernel codes that record how many rows they have lifted."""

    lifted: list[int] = field(default_factory=list)

    def lift(self, X):
        self.lifted.append(len(X))
        return super().lift(X)


class Counting:
    """Features that record which rows were read."""

    def __init__(self, features):
        self.features, self.read = features, []

    def __len__(self):
        return len(self.features)

    def __getitem__(self, rows):
        self.read.append((rows.start, rows.stop))
        return self.features[rows]


@pytest.fixture(scope="module")
def features():
    return np.random.default_rng(0).normal(size=(ROWS, 3)).astype(np.float32)


def taken(encoders, features):
    """Snapshots of the encoders; what was lifted for checking them does not count."""
    snapshots = [Snapshot("some", encoder, 9, features) for encoder in encoders]
    for encoder in encoders:
        getattr(encoder, "lifted", []).clear()
    return snapshots


def kernel_codes(features, n, seed=1):
    anchors = features[:4].astype(np.float64)
    W = np.random.default_rng(seed).normal(size=(5, 9))
    return [CountingCodes(W + shift, KernelMap(anchors, 1.0)) for shift in range(n)]


def test_codes_of_several_encoders_are_computed_while_reading_the_features_once(features):
    encoders = [LinearCodes(np.random.default_rng(seed).normal(size=(3, 9))) for seed in (1, 2)]
    counting = Counting(features)
    for words, encoder in zip(Coder(counting).code(taken(encoders, features)), encoders, strict=True):
        np.testing.assert_array_equal(words, pack(encoder.encode(features)))
    assert counting.read == [(0, CHUNK_ROWS), (CHUNK_ROWS, 2 * CHUNK_ROWS)]


def test_kernel_features_of_a_chunk_serve_all_encoders(features):
    encoders = kernel_codes(features, 2)
    for words, encoder in zip(Coder(features).code(taken(encoders, features)), encoders, strict=True):
        np.testing.assert_array_equal(words, pack(encoder.encode_lifted(KernelCodes.lift(encoder, features))))
    assert [encoder.lifted for encoder in encoders] == [[CHUNK_ROWS, 100], []]


def test_kernel_features_are_kept_for_the_next_call_only_if_all_of_them_fit(features):
    needed = ROWS * 5 * 8
    for keep_bytes, again in ((needed, []), (needed - 1, [CHUNK_ROWS, 100])):
        (encoder,) = kernel_codes(features, 1)
        coder, snapshots = Coder(features, keep_bytes=keep_bytes), taken([encoder], features)
        (first,) = coder.code(snapshots)
        encoder.lifted.clear()
        (second,) = coder.code(snapshots)
        assert encoder.lifted == again
        np.testing.assert_array_equal(first, second)

import os
import subprocess
import sys

import pytest

from mihash_bench.metrics._lanes import LANES

# Compares counts and ranks with those of plain NumPy, and writes the width of a vector register in words.
PROGRAM = """
from types import SimpleNamespace
import numpy as np
from mihash_bench.codes import pack
from mihash_bench.metrics import _lanes, _levels
from mihash_bench.neighbors import ByLabel

rng = np.random.default_rng(0)
n, q, cutoffs = 8_117, 19, (7, 9_000)
labels, asked = rng.integers(0, 4, n), rng.integers(0, 5, q)
masks = rng.random((q, n)) < 0.2
by_label = SimpleNamespace(by_label=ByLabel(labels, asked)), labels == asked[:, None]
by_mask = SimpleNamespace(by_label=None, block=lambda start, stop: masks[start:stop]), masks
for bits in (1, 12, 32, 64, 65, 128):
    table, queries = pack(rng.random((n, bits)) < 0.5), pack(rng.random((q, bits)) < 0.5)
    differing = np.unpackbits((queries[:, None] ^ table).view(np.uint8), axis=2)
    distances = differing.sum(axis=2, dtype=np.int64)
    for relevance, near in (by_label, by_mask):
        counted = _levels.level_counts(queries, table, relevance, bits)
        counts, ranks = _levels.index_ranks(queries, table, relevance, bits, cutoffs)
        for i, distance in enumerate(distances):
            for some in (counted, counts):
                assert (some.items[i] == np.bincount(distance, minlength=bits + 1)).all()
                assert (some.hits[i] == np.bincount(distance[near[i]], minlength=bits + 1)).all()
            found = np.flatnonzero(near[i][np.argsort(distance, kind="stable")]) + 1
            for c, cutoff in enumerate(cutoffs):
                upto = found[found <= cutoff]
                assert ranks.found[i, c] == len(upto)
                assert np.isclose(ranks.precision_sums[i, c], np.sum(np.arange(1, len(upto) + 1) / upto), rtol=1e-12)
print(_lanes.LANES)
"""


@pytest.mark.slow
def test_counts_and_ranks_are_right_with_vector_registers_of_the_other_width():
    other = {4: "8", 8: "4"}[LANES]
    environment = {**os.environ, "MIHASH_BENCH_LANES": other}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (other, "")

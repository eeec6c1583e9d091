"""A method's block-wise form equals the loop over its steps, however the stream is cut."""

import copy
from itertools import pairwise

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.methods.mihash import MIHash
from mihash_bench.methods.osh import OSH
from mihash_bench.neighbors import SharedLabels, WithinDistance
from mihash_bench.registry import METHODS
from mihash_bench.stream.reservoir import Reservoir

EXAMPLES, DATABASE = 300, 340


def stream(kind, seed):
    """Rows around four centres, their labels, and the rule for neighbors."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, DATABASE)
    X = rng.normal(size=(4, 24))[labels] + rng.normal(size=(DATABASE, 24))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    if kind == "labels":
        return X, labels, SharedLabels()
    if kind == "several":
        return X, (rng.random((DATABASE, 5)) < 0.3).astype(np.uint8), SharedLabels()
    return X, None, WithinDistance(1.1)


def cuts(rng, start, stop):
    inner = rng.choice(np.arange(start + 1, stop), min(stop - start - 1, int(rng.integers(0, 5))), replace=False)
    return [start, *sorted(inner.tolist()), stop]


def follow(method, reservoir, keys, X, y, neighbors, edges, *, step_by_step):
    """Let method and reservoir see rows edges[0]..edges[-1], one block between each two edges."""
    for start, stop in pairwise(edges):
        rows = slice(start, stop)
        labels = None if y is None else y[rows]
        history = reservoir.offer(X[rows], labels, keys[rows])
        if step_by_step:
            OnlineHasher._fit_block(method, X[rows], labels, neighbors, history)
        else:
            method.partial_fit(X[rows], labels, neighbors=neighbors, reservoir=history)


# MIHash is chaotic, the more so the fewer bits and members: a difference of rounding grows from 1e-16 to 1e-9 within 50
# steps at 32 bits and within 10 at 12. For so many steps it is followed from a common state.
CASES = [
    (MIHash(32, decay=0.01), "labels", 60, 50),
    (MIHash(32), "labels", 200, 20),
    (MIHash(32), "distance", 60, 20),
    (MIHash(32), "several", 60, 10),
    (MIHash(32, gradient="released", step_size=2.0), "labels", 60, 50),
    (MIHash(12), "labels", 15, 5),
    (MIHash(12), "several", 15, 4),
    (MIHash(12), "distance", 15, 5),
    (MIHash(7, n_bins=5, gradient="released"), "labels", 40, 20),
    (OSH(12), "labels", 5, EXAMPLES),
    (OSH(12), "several", 5, EXAMPLES),
    (OSH(12, boosting=False, step_size=0.3), "several", 5, EXAMPLES),
]


@pytest.mark.parametrize("start_rows", [0, 10])
@pytest.mark.parametrize(("method", "kind", "capacity", "stride"), CASES)
def test_blocks_equal_the_loop(method, kind, capacity, stride, start_rows):
    X, y, neighbors = stream(kind, capacity)
    rng = np.random.default_rng(1)
    keys = rng.random(DATABASE)
    loop = method.clone()
    loop.random_state = 0
    loop.start(X)
    reservoir = Reservoir(capacity)
    if start_rows:
        reservoir.offer(X[-start_rows:], None if y is None else y[-start_rows:], keys[-start_rows:])
    moved = 0.0
    for start in range(0, EXAMPLES, stride):
        blocks, blocks_reservoir, before = copy.deepcopy(loop), copy.deepcopy(reservoir), loop.W_.copy()
        given = (keys, X, y, neighbors)
        follow(loop, reservoir, *given, list(range(start, start + stride + 1)), step_by_step=True)
        follow(blocks, blocks_reservoir, *given, cuts(rng, start, start + stride), step_by_step=False)
        scale = np.abs(loop.W_).max()
        assert np.abs(blocks.W_ - loop.W_).max() <= 1e-9 * scale
        assert blocks.steps_ == loop.steps_ == start + stride
        moved += np.abs(loop.W_ - before).max()
    assert moved > 0.1


def test_every_method_with_a_block_form_is_compared():
    overriding = {name for name in METHODS.names() if METHODS.get(name)._fit_block is not OnlineHasher._fit_block}
    assert overriding == {method.name for method, *_ in CASES}


def test_a_subclass_with_a_step_of_its_own_is_not_given_its_parents_block_form():
    class Mine(OSH):
        seen = 0

        def _step(self, X, y, **more):
            Mine.seen += len(X)

    X, y, _ = stream("labels", 0)
    method = Mine(8, random_state=0).start(X)
    before = method.W_.copy()
    method.partial_fit(X[:30], y[:30])
    assert Mine.seen == 30
    np.testing.assert_array_equal(method.W_, before)


def test_a_subclass_with_a_gradient_of_its_own_runs_step_by_step():
    class Still(MIHash):
        def _bit_gradient(self, z, Z, near):
            return np.zeros_like(z)

    X, y, _ = stream("labels", 0)
    method = Still(8, random_state=0).start(X)
    before = method.W_.copy()
    reservoir = Reservoir(20)
    reservoir.offer(X[-10:], y[-10:], np.linspace(0, 1, 10))
    method.partial_fit(X[:30], y[:30], reservoir=reservoir.offer(X[:30], y[:30], np.linspace(0, 1, 30)))
    np.testing.assert_array_equal(method.W_, before)


def test_a_history_of_another_block_is_refused():
    X, y, _ = stream("labels", 0)
    method = MIHash(8, random_state=0).start(X)
    history = Reservoir(20).offer(X[:10], y[:10], np.linspace(0, 1, 10))
    with pytest.raises(InputError, match="a history of 10 steps"):
        method.partial_fit(X[:30], y[:30], reservoir=history)


def test_a_block_longer_than_its_parts_equals_the_loop(monkeypatch):
    monkeypatch.setattr("mihash_bench.methods.mihash.BLOCK_STEPS", 7)
    X, y, neighbors = stream("labels", 3)
    keys = np.random.default_rng(2).random(DATABASE)
    methods = [MIHash(32, random_state=0).start(X) for _ in range(2)]
    for method, by_step in zip(methods, (True, False), strict=True):
        reservoir = Reservoir(60)
        edges = list(range(41)) if by_step else [0, 40]
        follow(method, reservoir, keys, X, y, neighbors, edges, step_by_step=by_step)
    assert np.abs(methods[0].W_ - methods[1].W_).max() <= 1e-9

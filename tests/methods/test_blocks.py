"""A method's kernel equals the loop over its steps in plain NumPy, however the stream is cut into blocks."""

import copy
from itertools import pairwise

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.methods.adapthash import AdaptHash
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.methods.hcoh import HCOH
from mihash_bench.methods.hmoh import HMOH
from mihash_bench.methods.mihash import MIHash
from mihash_bench.methods.okh import OKH
from mihash_bench.methods.osh import OSH
from mihash_bench.methods.ridge import Ridge
from mihash_bench.neighbors import SharedLabels, WithinDistance
from mihash_bench.registry import METHODS
from mihash_bench.stream.reservoir import Reservoir
from tests.methods.numpy_steps import ORACLES

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


def cuts(rng, start, stop, step):
    places = np.arange(start + step, stop, step)
    inner = rng.choice(places, min(len(places), int(rng.integers(0, 5))), replace=False)
    return [start, *sorted(inner.tolist()), stop]


def follow(method, reservoir, keys, X, y, neighbors, edges):
    """Let method and reservoir see rows edges[0]..edges[-1], one block between each two edges."""
    for start, stop in pairwise(edges):
        rows = slice(start, stop)
        labels = None if y is None else y[rows]
        history = reservoir.offer(X[rows], labels, keys[rows], per_step=method.examples_per_step)
        method.partial_fit(X[rows], labels, neighbors=neighbors, reservoir=history)


def oracle_of(method):
    return ORACLES[type(method)](**method.get_params())


def as_kernel(method, loop):
    """The method in the state of its oracle."""
    copied = method.clone()
    copied.__dict__.update(copy.deepcopy(vars(loop)))
    return copied


# MIHash is chaotic, especially with few bits and members: a rounding difference grows from 1e-16 to 1e-9 within 50
# steps at 32 bits and within 10 steps at 12 bits. Both forms are compared over this many steps from a common state.
OKH_12 = {"n_bits": 12, "n_anchors": 20, "n_bandwidth_rows": 100, "bandwidth": "mean"}
CASES = [
    (AdaptHash(12), "labels", 5, 60),
    (AdaptHash(12, step_size=0.1, regularization=0.1), "several", 5, 60),
    (AdaptHash(7, alpha=0.6), "distance", 5, 20),
    (OKH(**OKH_12), "labels", 5, 150),
    (OKH(**OKH_12, C=1.0), "several", 5, 60),
    (OKH(**OKH_12, alpha=0.5), "distance", 5, 60),
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
    (HCOH(12), "labels", 5, EXAMPLES),
    (HCOH(8, step_size=1.0, classes=5), "several", 5, EXAMPLES),
    (HMOH(12, step_size=1.0), "labels", 5, EXAMPLES),
    (HMOH(8, step_size=0.3, rows="released", classes=5), "several", 5, EXAMPLES),
    (Ridge(12), "labels", 5, EXAMPLES),
    (Ridge(8, regularization=0.1, classes=5), "several", 5, EXAMPLES),
]


@pytest.mark.parametrize("start_rows", [0, 10])
@pytest.mark.parametrize(("method", "kind", "capacity", "stride"), CASES)
def test_the_kernel_equals_the_loop_over_numpy_steps(method, kind, capacity, stride, start_rows):
    X, y, neighbors = stream(kind, capacity)
    rng = np.random.default_rng(1)
    keys = rng.random(DATABASE)
    loop = oracle_of(method)
    loop.random_state = 0
    loop.start(X)
    reservoir = Reservoir(capacity)
    if start_rows:
        reservoir.offer(X[-start_rows:], None if y is None else y[-start_rows:], keys[-start_rows:])
    moved, step = 0.0, method.examples_per_step
    for start in range(0, EXAMPLES, stride):
        blocks, blocks_reservoir, before = as_kernel(method, loop), copy.deepcopy(reservoir), loop.W_.copy()
        given = (keys, X, y, neighbors)
        follow(loop, reservoir, *given, list(range(start, start + stride + 1, step)))
        follow(blocks, blocks_reservoir, *given, cuts(rng, start, start + stride, step))
        scale = np.abs(loop.W_).max()
        assert np.abs(blocks.W_ - loop.W_).max() <= 1e-9 * scale
        assert blocks.steps_ == loop.steps_ == (start + stride) // step
        moved += np.abs(loop.W_ - before).max()
    assert moved > 0.1


def test_every_method_with_a_block_form_is_compared():
    overriding = {name for name in METHODS.names() if METHODS.get(name)._fit_block is not OnlineHasher._fit_block}
    assert overriding == {method.name for method, *_ in CASES}


class OwnStep:
    def _step(self, X, y, *, neighbors, reservoir):
        self.W_ = self.W_ + 1


@pytest.mark.parametrize(
    ("changed", "bases", "namespace"),
    [
        ("_step", (OSH,), {"_step": OwnStep._step}),
        ("_step", (OwnStep, OSH), {}),
        ("examples_per_step", (MIHash,), {"examples_per_step": 2}),
    ],
)
def test_a_step_that_the_inherited_block_form_would_ignore_is_an_error(changed, bases, namespace):
    said = f"Mine defines {changed}, but inherits the block form of {bases[-1].__name__}: override _fit_block as well"
    with pytest.raises(TypeError, match=said):
        type("Mine", bases, namespace)


def test_a_step_together_with_its_own_loop_is_run():
    class Mine(OwnStep, OSH):
        _fit_block = OnlineHasher._fit_block

    class Further(Mine):
        pass

    X, y, _ = stream("labels", 0)
    method = Further(8, random_state=0).start(X)
    before = method.W_.copy()
    method.partial_fit(X[:30], y[:30])
    np.testing.assert_allclose(method.W_, before + 30)
    assert method.steps_ == 30


def test_a_method_with_neither_step_nor_block_form_cannot_be_started():
    class Nothing(OnlineHasher):
        name = "nothing"

        def __init__(self, n_bits=32):
            self.n_bits = n_bits

    with pytest.raises(TypeError, match="Nothing cannot learn: define _step or override _fit_block"):
        Nothing().start(np.zeros((5, 10)))


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
    methods = [made(32, random_state=0).start(X) for made in (ORACLES[MIHash], MIHash)]
    for method in methods:
        follow(method, Reservoir(60), keys, X, y, neighbors, [0, 40])
    assert np.abs(methods[0].W_ - methods[1].W_).max() <= 1e-9

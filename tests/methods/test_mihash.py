import numpy as np
import pytest

from mihash_bench.information import soft_information
from mihash_bench.methods.mihash import MIHash, relaxed_bits
from mihash_bench.neighbors import SharedLabels, WithinDistance
from mihash_bench.stream.reservoir import Reservoir, ReservoirHistory, ReservoirRows
from tests.conftest import golden, golden_names


@pytest.mark.parametrize("name", golden_names("migrad_*"))
def test_a_released_step_equals_the_release(name):
    vector = golden(name)
    labelled = not vector["unsupervised"]
    rule = SharedLabels() if labelled else WithinDistance(vector["thr_dist"])
    y, RY = (np.array([vector["y"]]), vector["RY"].ravel()) if labelled else (None, None)
    before = ReservoirRows(vector["RX"], RY)
    assert (rule.between(vector["x"], y, before.X, before.y)[0] == np.ravel(vector["Aff"]).astype(bool)).all()
    method = MIHash(
        vector["W"].shape[1],
        n_bins=int(vector["no_bins"]),
        sigmoid_scale=vector["sigscale"],
        step_size=vector["stepsize"],
        decay=vector["decay"],
        gradient="released",
    ).start(vector["x"], W=vector["W"])
    method.steps_ = int(vector["step_t"]) - 1
    method.partial_fit(vector["x"], y, neighbors=rule, reservoir=ReservoirHistory(before, ((),)))
    rate = vector["stepsize"] / (1 + vector["decay"] * vector["step_t"])
    scale = max(abs(vector["grad"]).max(), 1e-12)
    np.testing.assert_allclose((vector["W"] - method.W_) / rate, vector["grad"], atol=1e-9 * scale + 1e-15)
    np.testing.assert_allclose(method.W_, vector["Wnew"], rtol=1e-9, atol=1e-15)


def step_of(gradient, W, x, y, rows, bins, scale):
    method = MIHash(W.shape[1], n_bins=bins, sigmoid_scale=scale, gradient=gradient).start(x, W=W)
    method.partial_fit(x, y, reservoir=ReservoirHistory(rows, ((),)))
    return W - method.W_


def random_case(seed, d=9, bits=7, members=40):
    rng = np.random.default_rng(seed)
    W, x = rng.normal(size=(d, bits)) / 3, rng.normal(size=(1, d)) / 3
    return W, x, np.array([1]), ReservoirRows(rng.normal(size=(members, d)) / 3, rng.integers(0, 3, members))


@pytest.mark.parametrize("seed", range(5))
def test_the_exact_gradient_equals_finite_differences_with_the_reservoirs_codes_held_constant(seed):
    W, x, y, rows = random_case(seed)
    bins, scale, bits = 5, 3.0, W.shape[1]
    codes = 2 * relaxed_bits(rows.X @ W, scale) - 1

    def minus_information(V):
        new = 2 * relaxed_bits(x @ V, scale)[0] - 1
        return -soft_information((bits - codes @ new) / 2, rows.y == y, bits, bins)

    gradient = step_of("exact", W, x, y, rows, bins, scale)
    assert abs(gradient).max() > 1e-3
    for index in np.ndindex(*W.shape):
        up, down = W.copy(), W.copy()
        up[index] += 1e-6
        down[index] -= 1e-6
        difference = (minus_information(up) - minus_information(down)) / 2e-6
        assert gradient[index] == pytest.approx(difference, abs=1e-6)


def test_the_step_shrinks_with_decay_from_the_first_step_on():
    W, x, y, rows = random_case(0)
    plain = MIHash(7).start(x, W=W)
    decayed = MIHash(7, decay=1.0).start(x, W=W)
    for method in (plain, decayed):
        method.partial_fit(x, y, reservoir=ReservoirHistory(rows, ((),)))
    np.testing.assert_allclose(W - decayed.W_, (W - plain.W_) / 2)


@pytest.mark.parametrize("kind", ["labels", "multi-labels", "distance"])
def test_learning_makes_codes_more_informative_for_every_kind_of_neighbor(kind):
    from mihash_bench.stream.trigger import quality

    rng = np.random.default_rng(1)
    classes = rng.integers(0, 4, 700)
    X = rng.normal(size=(4, 12))[classes] + 0.4 * rng.normal(size=(700, 12))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    y = {"labels": classes, "multi-labels": np.eye(4, dtype=np.uint8)[classes], "distance": None}[kind]
    rule = WithinDistance(0.7) if kind == "distance" else SharedLabels()
    method = MIHash(12, random_state=0).start(X)
    before = method.snapshot()
    reservoir = Reservoir(80)
    reservoir.offer(X[:8], None if y is None else y[:8], rng.random(8))
    history = reservoir.offer(X[100:], None if y is None else y[100:], rng.random(600))
    method.partial_fit(X[100:], None if y is None else y[100:], neighbors=rule, reservoir=history)
    held_out = ReservoirRows(X[:100], None if y is None else y[:100])
    assert quality(method.snapshot(), held_out, rule) > 1.3 * quality(before, held_out, rule)

from functools import partial

import numpy as np
import pytest

from mihash_bench.batch._relu_network import NetworkCodes, forward, he_layers, relu
from mihash_bench.batch._vdsh_descent import error_gradient, squared_error
from mihash_bench.batch._vdsh_penalty import RIDGE, Penalty, best_inputs, best_outputs
from mihash_bench.batch.base import one_hot
from mihash_bench.batch.vdsh import VDSH
from mihash_bench.errors import DivergedError, InputError
from mihash_bench.testing.batch import BATCH_CHECKS
from tests.batch.finite_differences import numeric_gradient

RNG = np.random.default_rng(0)


def problem(n=12, d=5, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), np.eye(classes)[np.arange(n) % classes]


def network(*sizes, seed=0):
    rng = np.random.default_rng(seed)
    return [(W, 0.1 * rng.normal(size=bias.shape)) for W, bias in he_layers(sizes, rng)]


@pytest.mark.parametrize("sizes", [(5, 4, 3), (5, 6, 4, 3), (5, 6, 6, 6, 4, 3)], ids=["no", "one", "three"])
def test_the_gradient_equals_finite_differences_whatever_the_number_of_hidden_layers(sizes):
    X, Y = problem()
    layers = network(*sizes)
    for place, (W, bias) in enumerate(error_gradient(layers, X, Y)):
        for part, found in enumerate((W, bias)):

            def error(value, place=place, part=part):
                changed = [list(layer) for layer in layers]
                changed[place][part] = value
                return squared_error(changed, X, Y)

            np.testing.assert_allclose(found, numeric_gradient(error, layers[place][part]), atol=1e-7)


def test_the_error_is_that_of_the_classes_predicted_from_the_tanh_of_the_bits():
    X, Y = problem()
    (W, c), (U, e), (V, v) = layers = network(5, 6, 4, 3)
    rows = [np.tanh(np.maximum(0, x @ W + c) @ U + e) @ V + v - y for x, y in zip(X, Y, strict=True)]
    assert squared_error(layers, X, Y) == pytest.approx(sum(row @ row for row in rows) / len(X))


def test_inputs_of_a_rectifier_are_the_best_of_a_fine_grid():
    Z, T = RNG.normal(scale=2, size=(2, 40))
    grid = np.linspace(-8, 8, 160_001)
    found = best_inputs(Z, T)
    for z, t, u in zip(Z, T, found, strict=True):
        least = ((z - relu(grid)) ** 2 + (grid - t) ** 2).min()
        assert (z - relu(u)) ** 2 + (u - t) ** 2 <= least + 1e-12
    assert {"above", "below"} == {"above" if u > 0 else "below" for u in found}


def test_outputs_have_no_gradient_left():
    F, target, W = RNG.normal(size=(6, 4)), RNG.normal(size=(6, 3)), RNG.normal(size=(4, 3))
    Z = best_outputs(F, 0.7, target, W)
    slope = numeric_gradient(lambda Z: 0.7 * ((Z - F) ** 2).sum() + ((target - Z @ W) ** 2).sum(), Z)
    np.testing.assert_allclose(slope, 0, atol=1e-7)


@pytest.mark.parametrize("weight", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("hidden", [(), (6,), (6, 7, 5)], ids=["no", "one", "three"])
def test_no_block_of_the_penalty_solver_increases_the_objective(hidden, weight):
    X, Y = problem(n=30)
    solver = Penalty(network(5, *hidden, 4, 3), X, Y, weight)
    began = value = solver.objective()
    for _ in range(4):
        blocks = [solver.update_classifier]
        for m in range(len(hidden), -1, -1):
            blocks += [lambda m=m: solver.update_outputs(m), lambda m=m: solver.update_inputs(m)]
            blocks += [lambda m=m: solver.update_weights(m)]
        for block in blocks:
            block()
            assert solver.objective() <= value + 1e-9 * began
            value = solver.objective()
    assert value < 0.99 * began


def test_blocks_of_the_penalty_solver_have_no_gradient_left():
    X, Y = problem(n=20)
    solver = Penalty(network(5, 6, 4, 3), X, Y, 0.7)
    next(solver.rounds(1))
    solver.update_outputs(0)
    before = solver.Z[1].copy()

    def objective(Z):
        solver.Z[1] = Z
        return solver.objective()

    np.testing.assert_allclose(numeric_gradient(objective, before), 0, atol=1e-6)
    solver.Z[1] = before
    solver.update_weights(1)
    weights, bias = solver.layers[1]

    def by_weights(W):
        solver.layers[1] = (W, bias)
        return solver.objective()

    np.testing.assert_allclose(numeric_gradient(by_weights, weights), 0, atol=1e-6)


def test_without_hidden_layers_the_penalty_solver_regresses_the_inputs_of_the_bits_on_the_features():
    X, Y = problem(n=30)
    solver = Penalty(network(5, 4, 3), X, Y, 1.0)
    for _ in solver.rounds(3):
        ones = np.column_stack([X, np.ones(30)])
        stacked = np.linalg.solve(ones.T @ ones + RIDGE * np.eye(6), ones.T @ solver.U[0])
        np.testing.assert_allclose(np.vstack(solver.layers[0]), stacked)


@pytest.mark.parametrize("check", BATCH_CHECKS, ids=lambda check: check.__name__)
def test_the_penalty_solver_keeps_the_contract(check):
    check(partial(VDSH, solver="penalty", width=32, layers=1))


def points(n=300, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    X = rng.normal(size=(classes, 6))[y] + 0.3 * rng.normal(size=(n, 6))
    return X / np.linalg.norm(X, axis=1, keepdims=True), y


@pytest.mark.parametrize("solver", ["descent", "penalty"])
def test_the_snapshot_has_the_bits_of_the_network_and_comes_back_from_its_arrays(solver):
    X, y = points()
    method = VDSH(6, solver=solver, layers=2, width=16, epochs=3, random_state=0).fit(X, y)
    scores = forward(method.state_.hash_layers(), np.sqrt(6) * X)[-1]
    sure = np.abs(scores) > 1e-5
    assert sure.mean() > 0.9
    np.testing.assert_array_equal(method.encode(X)[sure], (scores > 0)[sure])
    again = VDSH.encoder_from(method.snapshot().arrays())
    np.testing.assert_array_equal(again.encode(X), method.encode(X))
    assert [len(array.shape) for array in again.arrays().values()] == [2, 1] * 3


def test_chunks_of_rows_do_not_change_codes(monkeypatch):
    X, y = points()
    encoder = VDSH(6, layers=1, width=16, epochs=1, random_state=0).fit(X, y).snapshot()
    codes = encoder.encode(X)
    monkeypatch.setattr("mihash_bench.batch._relu_network.ROWS", 7)
    np.testing.assert_array_equal(encoder.encode(X), codes)
    assert 0 < codes.sum() < codes.size


def test_given_layers_are_used_instead_of_drawn_ones():
    X, y = points()
    layers = [(np.eye(6), np.zeros(6)), (np.eye(6), np.full(6, -0.3)), (np.ones((6, 3)), np.zeros(3))]
    method = VDSH(6, layers=1, width=6, epochs=1)
    next(method.fit_by_epoch(X, y, layers=layers))
    np.testing.assert_array_equal(method.encode(X), np.sqrt(6) * X > 0.3)


def test_given_layers_of_other_shapes_are_refused():
    X, y = points()
    with pytest.raises(InputError, match="layers: shapes"):
        VDSH(6, layers=0).fit(X, y, layers=[(np.eye(6), np.zeros(6))])


def test_a_bit_of_the_penalty_solver_is_set_where_its_output_exceeds_the_mean():
    X, y = points()
    method = VDSH(6, solver="penalty", layers=1, width=16, epochs=2, random_state=0).fit(X, y)
    outputs = relu(forward(method.state_.layers, np.sqrt(6) * X)[-1])
    np.testing.assert_array_equal(method.encode(X), outputs > outputs.mean(axis=0))


def test_descent_lowers_its_objective():
    X, y = points()
    method = VDSH(8, layers=2, width=64, epochs=40, random_state=0)
    values = [method.objective() for _ in method.fit_by_epoch(X, y)]
    assert len(values) == 41
    assert values[-1] < 0.2 * values[0]
    predicted = np.tanh(forward(method.state_.layers[:-1], np.sqrt(6) * X)[-1])
    V, v = method.state_.layers[-1]
    assert values[-1] == pytest.approx(((predicted @ V + v - one_hot(y)) ** 2).sum() / len(X), rel=1e-4)


def test_weights_that_diverge_are_reported():
    X, y = points()
    with pytest.raises(DivergedError, match=r"a smaller vdsh\.learning_rate"):
        VDSH(6, layers=2, width=8, learning_rate=1e30).fit(X, y)


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"W": np.ones((2, 3))},
        {"W0": np.ones((2, 3)), "bias0": np.ones(2)},
        {"W0": np.ones((2, 3)), "bias0": np.ones(3), "W1": np.ones((4, 1)), "bias1": np.ones(1)},
        {"W0": np.ones(3), "bias0": np.ones(())},
        {"W0": np.array(1.0), "bias0": np.array(1.0)},
        {"W0": np.ones((2, 3)), "bias0": np.ones(3), "W2": np.ones((3, 1)), "bias2": np.ones(1)},
    ],
)
def test_arrays_that_make_no_network_are_refused(arrays):
    with pytest.raises(ValueError, match=r"network|layer"):
        NetworkCodes.of_arrays(arrays)

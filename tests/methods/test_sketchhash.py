import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.methods.sketchhash import FrequentDirections, SketchHash
from tests.conftest import golden


def test_mean_sketch_and_directions_equal_the_release_through_the_first_full_sketch():
    vector = golden("sketch_d256_l200_bs50_b32.mat")
    X, batch = vector["X"], int(vector["batchSize"])
    method = SketchHash(32, batch_size=batch, sketch_size=int(vector["sketchSize"])).start(X)
    for place in range(4):
        method.partial_fit(X[place * batch : (place + 1) * batch])
        np.testing.assert_allclose(method.mean_, vector["mean_after"][place], atol=1e-12)
        assert method.count_ == vector["count_after"][0, place]
        values = np.linalg.svd(method.sketch_.B, compute_uv=False)
        stored = vector["singvals"][0, place].ravel()
        np.testing.assert_allclose(values[: len(stored)], stored, atol=1e-9)
        # Singular vectors have no sign of their own: the projections onto their span are compared.
        V, W = vector["V"][:, :, place], method.sketch_.top_directions(32, np.random.default_rng(0))
        np.testing.assert_allclose(W @ W.T, V @ V.T, atol=1e-10)
    B, release = method.sketch_.B, vector["sketch"][0, 0]
    np.testing.assert_allclose(B.T @ B, release.T @ release, atol=1e-9)
    # The release goes on as if all its rows were filled and shrinks at every batch from here on.
    assert method.sketch_.filled == 103


def test_a_given_rotation_is_used():
    X = np.random.default_rng(0).normal(size=(100, 60))
    rotations = [np.eye(16), -np.eye(16)]
    method = SketchHash(16, random_state=0).start(X, rotations=rotations)
    for place in range(2):
        method.partial_fit(X[50 * place : 50 * place + 50])
        V = method.sketch_.top_directions(16, np.random.default_rng(0))
        np.testing.assert_allclose(method.W_, V @ rotations[place])


@pytest.mark.parametrize("seed", range(3))
def test_the_sketch_is_within_the_error_bound_of_frequent_directions(seed):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(500, 30)) * np.geomspace(1, 0.01, 30)
    sketch = FrequentDirections(10, 30)
    for start in range(0, 500, 37):
        sketch.add(A[start : start + 37])
    difference = A.T @ A - sketch.B.T @ sketch.B
    values = np.linalg.eigvalsh(difference)
    assert values.min() > -1e-8
    assert values.max() <= 2 * (A**2).sum() / 10


def test_rows_that_fit_are_kept_as_they_are():
    rows = np.random.default_rng(0).normal(size=(9, 20))
    sketch = FrequentDirections(10, 20)
    sketch.add(rows[:4])
    sketch.add(rows[4:])
    assert np.array_equal(sketch.B[:9], rows)


def test_directions_beyond_the_rank_are_random_and_all_are_orthonormal():
    sketch = FrequentDirections(10, 20)
    sketch.add(np.outer(np.arange(1.0, 5.0), np.eye(20)[3]))
    V = sketch.top_directions(6, np.random.default_rng(0))
    np.testing.assert_allclose(V.T @ V, np.eye(6), atol=1e-10)
    assert abs(V[3, 0]) == pytest.approx(1)


def test_a_snapshot_codes_with_the_mean_of_its_moment():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 60)) + 3
    method = SketchHash(16, random_state=0).start(X)
    method.partial_fit(X[:50])
    snapshot, codes = method.snapshot(), method.encode(X)
    np.testing.assert_allclose(snapshot.mean, X[:50].mean(axis=0))
    method.partial_fit(X[50:])
    assert np.array_equal(snapshot.encode(X), codes)
    np.testing.assert_allclose(method.mean_, X.mean(axis=0))


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"n_bits": 60, "batch_size": 50}, "sketchhash.batch_size"),
        ({"n_bits": 128}, "sketchhash.batch_size"),
        ({"n_bits": 8, "sketch_size": 70}, "sketchhash.sketch_size"),
        ({"n_bits": 8, "sketch_size": 21}, "sketchhash.sketch_size"),
    ],
)
def test_sizes_that_do_not_fit_together_are_named(parameters, said):
    with pytest.raises(InputError, match=said):
        SketchHash(**parameters).start(np.zeros((100, 60)))

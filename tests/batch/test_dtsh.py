import numpy as np
import pytest

from mihash_bench.batch._dtsh_kernel import draw_triplets
from mihash_bench.batch.base import sign
from mihash_bench.batch.dtsh import DTSH, triplet_direction, triplet_loss
from mihash_bench.errors import InputError
from tests.batch.finite_differences import numeric_gradient


def drawn(y, queries, k=4, seed=0, outside=None):
    """Positives and negatives of some queries among the points outside."""
    outside = np.ones(len(y), bool) if outside is None else outside
    by_class = np.argsort(y, kind="stable")
    candidates = by_class[outside[by_class]]
    classes = int(y.max()) + 1
    starts = np.concatenate([[0], np.cumsum(np.bincount(y[candidates], minlength=classes))]).astype(np.int64)
    positives, negatives = (np.empty((len(queries), classes, k), np.int64) for _ in range(2))
    draws = np.random.default_rng(seed).random((len(queries), classes, 2, k))
    draw_triplets(y[queries], candidates, starts, draws, positives, negatives)
    return positives, negatives


def points(n=40, bits=6, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, bits)), np.arange(n) % classes


def test_points_are_drawn_without_replacement_from_the_right_classes_outside_the_batch():
    _, y = points(60)
    batch = np.arange(0, 60, 7)
    outside = np.ones(60, bool)
    outside[batch] = False
    positives, negatives = drawn(y, batch, k=5, outside=outside)
    for i, query in enumerate(batch):
        for other in range(3):
            if other == y[query]:
                assert (positives[i, other] == -1).all()
                assert (negatives[i, other] == -1).all()
                continue
            for chosen, label in ((positives[i, other], y[query]), (negatives[i, other], other)):
                assert len(set(chosen)) == 5
                assert (y[chosen] == label).all()
                assert outside[chosen].all()


def test_every_point_is_as_likely_to_be_drawn():
    y = np.repeat([0, 1], 10)
    counts = np.zeros(20)
    for seed in range(400):
        positives, negatives = drawn(y, np.zeros(5, int), k=3, seed=seed)
        counts += np.bincount(positives[:, 1].ravel(), minlength=20) + np.bincount(
            negatives[:, 1].ravel(), minlength=20
        )
    # 2,000 samples of 3 among 10: each point 600 times, standard deviation about 20.
    assert np.abs(counts - 600).max() < 100


def test_where_a_class_has_too_few_points_all_of_them_are_taken():
    y = np.array([0, 0, 1, 1, 1])
    positives, negatives = drawn(y, np.array([2]), k=4)
    assert sorted(positives[0, 0]) == [-1, 2, 3, 4]
    assert sorted(negatives[0, 0]) == [-1, -1, 0, 1]


def brute_force(u, U, positives, negatives):
    """Triplet by triplet."""
    direction, losses = np.zeros_like(u), []
    for other in range(len(positives)):
        for p in positives[other][positives[other] >= 0]:
            for n in negatives[other][negatives[other] >= 0]:
                T = (u @ U[p] - u @ U[n]) / 2 - len(u) / 2
                direction += (1 - 1 / (1 + np.exp(-T))) * (U[p] - U[n])
                losses.append(-np.log(1 / (1 + np.exp(-T))))
    return direction, np.array(losses)


@pytest.mark.parametrize("bits", [1, 6])
def test_direction_and_losses_are_those_of_each_triplet(bits):
    U, y = points(bits=bits)
    queries = np.array([0, 4, 11])
    positives, negatives = drawn(y, queries)
    directions = triplet_direction(U[queries], U, positives, negatives)
    for i, query in enumerate(queries):
        direction, losses = brute_force(U[query], U, positives[i], negatives[i])
        np.testing.assert_allclose(directions[i], direction, atol=1e-12)
        one = triplet_loss(U[query : query + 1], U, positives[i : i + 1], negatives[i : i + 1])
        assert one == pytest.approx(losses.sum(), rel=1e-12)


def test_the_direction_is_twice_the_ascent_of_the_likelihood_by_the_query():
    U, y = points()
    positives, negatives = drawn(y, np.array([5]))
    query = U[5:6].copy()
    numeric = numeric_gradient(lambda u: -triplet_loss(u, U, positives, negatives), query)
    np.testing.assert_allclose(triplet_direction(query, U, positives, negatives), 2 * numeric, rtol=1e-5, atol=1e-6)


def exactly(u, U, positives, negatives):
    """The direction and the losses of one query in extended precision, which holds exponentials up to exp(11,000)."""
    u, U = u.astype(np.longdouble), U.astype(np.longdouble)
    direction, losses = np.zeros_like(u), []
    for other in range(len(positives)):
        for p in positives[other][positives[other] >= 0]:
            for n in negatives[other][negatives[other] >= 0]:
                T = (u @ U[p] - u @ U[n]) / 2 - len(u) / 2
                direction += (U[p] - U[n]) / (1 + np.exp(T))
                losses.append(np.log1p(np.exp(-T)))
    return direction, np.sum(losses)


@pytest.mark.parametrize("size", [1.0, 4.0, 6.0, 8.0, 10.0, 15.0, 40.0])
@pytest.mark.parametrize("k", [1, 4, 7, 11])
def test_outputs_of_any_size_give_exact_directions_and_losses(size, k):
    U, y = points()
    U = size * U
    queries = np.array([0, 5])
    positives, negatives = drawn(y, queries, k=k)
    directions = triplet_direction(U[queries], U, positives, negatives)
    for i, query in enumerate(queries):
        direction, loss = exactly(U[query], U, positives[i], negatives[i])
        np.testing.assert_allclose(directions[i], direction.astype(float), rtol=1e-10, atol=1e-10 * size)
        one = triplet_loss(U[query : query + 1], U, positives[i : i + 1], negatives[i : i + 1])
        assert one == pytest.approx(float(loss), rel=1e-12)


def test_a_triplet_of_two_almost_equally_far_points_is_not_cut_off():
    # <u_q, u_p> / 2 = 801 and <u_q, u_n> / 2 = 800, so T = 1/2, while each exponential alone overflows.
    U = np.array([[40.0], [40.05], [40.0]])
    positives, negatives = np.array([[[1], [-1]]]), np.array([[[2], [-1]]])
    direction = triplet_direction(U[:1], U, positives, negatives)
    np.testing.assert_allclose(direction, [[0.05 / (1 + np.exp(0.5))]], rtol=1e-10)
    assert triplet_loss(U[:1], U, positives, negatives) == pytest.approx(np.log1p(np.exp(-0.5)), rel=1e-12)


def test_far_outputs_neither_overflow_nor_become_nan():
    U, y = points()
    positives, negatives = drawn(y, np.array([0]))
    assert np.isfinite(triplet_direction(1e3 * U[:1], 1e3 * U, positives, negatives)).all()
    assert np.isfinite(triplet_loss(1e3 * U[:1], 1e3 * U, positives, negatives))


def test_codes_of_plus_and_minus_one_always_leave_a_loss():
    U, y = points(bits=8)
    B = sign(U)
    positives, negatives = drawn(y, np.array([3]))
    distance = (8 - B @ B[3]) / 2
    losses = brute_force(B[3], B, positives[0], negatives[0])[1]
    assert triplet_loss(B[3:4], B, positives, negatives) == pytest.approx(losses.sum(), rel=1e-12)
    # T = (D_qn - D_qp) - b/2, at most b/2.
    T = (distance[negatives[0]][:, None, :] - distance[positives[0]][:, :, None] - 4)[positives[0][:, 0] >= 0]
    np.testing.assert_allclose(np.sort(losses), np.sort(np.log1p(np.exp(-T)).ravel()))
    assert losses.min() >= np.log1p(np.exp(-4)) - 1e-12


def test_classes_may_change_their_names():
    X, y = points(60, 6)
    first = DTSH(4, epochs=2, n_samples=3, batch_size=10, learning_rate=0.5, random_state=0).fit(X, y)
    other = DTSH(4, epochs=2, n_samples=3, batch_size=10, learning_rate=0.5, random_state=0).fit(X, 7 * y + 1)
    np.testing.assert_array_equal(first.snapshot().W, other.snapshot().W)


def test_the_gradient_pulls_by_triplets_and_quantisation_and_writes_the_buffer():
    X, y = points(40, 6)
    method = DTSH(6, n_samples=4, quantization=7.0, batch_size=8, random_state=0)
    for _ in method.fit_by_epoch(X, y):
        break
    method.U_ = np.random.default_rng(3).normal(size=(40, 6))
    rows, U = np.arange(8), np.random.default_rng(4).normal(size=(8, 6))
    method.random_ = np.random.default_rng(5)
    gradient = method.gradient(rows, U)
    np.testing.assert_array_equal(method.U_[:8], U)
    outside = np.arange(40) >= 8
    positives, negatives = method._triplets(rows, outside, np.random.default_rng(5).random((8, 3, 2, 4)))
    for i in range(8):
        direction = brute_force(U[i], method.U_, positives[i], negatives[i])[0]
        wanted = -(direction - 4 * 7.0 * (U[i] - np.sign(U[i]))) / (8 * 40)
        np.testing.assert_allclose(gradient[i], wanted, atol=1e-12)


def test_the_objective_is_the_mean_loss_of_fixed_triplets_and_its_share_of_quantisation():
    X, y = points(45, 6)
    method = DTSH(5, epochs=1, n_samples=3, batch_size=9, quantization=9.0, learning_rate=0.1, random_state=0)
    method.fit(X, y)
    U = method.outputs()
    fixed = np.random.default_rng(0)
    asked = np.sort(fixed.permutation(45)[:500])
    positives, negatives = method._triplets(asked, np.ones(45, bool), fixed.random((45, 3, 2, 3)))
    losses = [brute_force(U[q], U, p, n)[1] for q, p, n in zip(asked, positives, negatives, strict=True)]
    wanted = np.mean(losses) + 9.0 / 18 * ((U - sign(U)) ** 2).sum(axis=1).mean()
    assert method.objective() == pytest.approx(wanted, rel=1e-9)


def test_a_batch_of_all_training_points_is_refused_since_it_leaves_none_to_draw_from():
    X, y = points(45, 6)
    with pytest.raises(InputError, match=r"dtsh.batch_size: 45 \(allowed: fewer than the 45 training points"):
        DTSH(5, batch_size=45, n_samples=3).fit(X, y)


def test_the_rate_falls_to_two_thirds_every_twenty_epochs():
    method = DTSH(learning_rate=9.0)
    np.testing.assert_allclose([method._rate(epoch) for epoch in (0, 19, 20, 40)], [9, 9, 6, 4])

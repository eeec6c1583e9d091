import sys
from functools import partial
from itertools import combinations, product

import numpy as np
import pytest

from mihash_bench.batch._boosting import BOOSTINGS, ada_boosted, gradient_boosted, heaviest, tree_weight
from mihash_bench.batch._code_inference import Inference, best_codes, draw_pairs, pair_weights, symmetric
from mihash_bench.batch._trees import GrownTree, Quantiser, TreeCodes, Trees, add_complete
from mihash_bench.batch.fasthash import FastHash
from mihash_bench.errors import InputError
from mihash_bench.testing.batch import BATCH_CHECKS

LOSS = {
    "hinge": lambda y, d, r: max(0, d / r) ** 2 if y > 0 else max(0, 0.5 - d / r) ** 2,
    "ksh": lambda y, d, r: (y - (r - 2 * d) / r) ** 2,
    "bre": lambda y, d, r: ((y < 0) - d / r) ** 2,
}


def value(A, s, z):
    """``sum_(i<j) a_ij z_i z_j + sum_i s_i z_i``."""
    return sum(A[i, j] * z[i] * z[j] for i, j in combinations(range(len(z)), 2)) + s @ z


def block(m=9, seed=0):
    rng = np.random.default_rng(seed)
    pairs = np.array([pair for pair in combinations(range(m), 2) if rng.random() < 0.5])
    A = symmetric(pairs, -rng.integers(0, 5, len(pairs)), m)
    return A, rng.integers(-12, 13, m)


@pytest.mark.parametrize("seed", range(30))
def test_the_codes_of_a_block_are_the_best_of_all_there_are(seed):
    A, s = block(seed=seed)
    dense = A.toarray()
    values = {z: value(dense, s, np.array(z)) for z in product((-1, 1), repeat=9)}
    found = tuple(best_codes(A, s).tolist())
    assert values[found] == min(values.values())
    ties = [z for z, each in values.items() if each == values[found]]
    assert sum(found) == max(map(sum, ties))


def test_codes_of_blocks_are_mixed_so_that_cuts_are_not_all_trivial():
    assert any(len(set(best_codes(*block(seed=seed)).tolist())) == 2 for seed in range(30))


def test_a_block_without_any_weights_gets_plus_one():
    A, _ = block()
    np.testing.assert_array_equal(best_codes(A * 0, np.zeros(9, np.int64)), 1)


@pytest.mark.parametrize("loss", LOSS)
@pytest.mark.parametrize("r", [1, 2, 5, 8])
def test_weights_are_the_gain_in_loss_of_one_more_equal_bit(loss, r):
    d = np.arange(r)
    for y in (1, -1):
        expected = [LOSS[loss](y, k, r) - LOSS[loss](y, k + 1, r) for k in range(r)]
        scale = (4 if loss == "hinge" else 1) * r**2
        found = pair_weights(loss, y > 0, d, r)
        assert found.dtype == np.int64
        np.testing.assert_allclose(found / scale, expected, atol=1e-12)
        assert (y * found <= 0).all()


def test_hinge_weights_of_eight_bits_are_those_of_a_table():
    for d, similar, dissimilar in ((0, -0.0156, 0.1094), (3, -0.1094, 0.0156), (4, -0.1406, 0.0)):
        found = [pair_weights("hinge", same, np.array([d]), 8)[0] / 256 for same in (True, False)]
        np.testing.assert_allclose(found, [similar, dissimilar], atol=5e-5)


@pytest.mark.parametrize("seed", range(5))
def test_no_block_increases_the_sum_and_none_could_be_better(seed):
    rng = np.random.default_rng(seed)
    y = np.arange(12) % 3
    pairs = draw_pairs(y, 4, rng)
    A, D = (
        symmetric(each, sign * rng.integers(0, 6, len(each)), 12) for each, sign in zip(pairs, (-1, 1), strict=True)
    )
    blocks = [np.flatnonzero(y == label) for label in range(3)]
    inference, z, both, no_s = Inference(A, D, blocks), rng.choice((-1, 1), 12), (A + D).toarray(), np.zeros(12)
    for number in (1, 0, 2, 0):
        before = value(both, no_s, z)
        inference.update(z, number)
        after = value(both, no_s, z)
        assert after <= before
        for codes in product((-1, 1), repeat=4):
            other = z.copy()
            other[blocks[number]] = codes
            assert value(both, no_s, other) >= after


def test_with_all_pairs_the_classes_share_their_first_bit_and_half_of_them_have_each_sign():
    y = np.arange(60) % 6
    similar, dissimilar = draw_pairs(y, 60, np.random.default_rng(0))
    weights = [pair_weights("hinge", same, np.zeros(len(each), np.int64), 1) for same, each in
               ((True, similar), (False, dissimilar))]  # fmt: skip
    matrices = (symmetric(pairs, a, 60) for pairs, a in zip((similar, dissimilar), weights, strict=True))
    z = Inference(*matrices, [np.flatnonzero(y == c) for c in range(6)]).infer(2, np.random.default_rng(1))
    signs = [set(z[y == c].tolist()) for c in range(6)]
    assert all(len(each) == 1 for each in signs)
    assert z.sum() == 0


def test_each_point_has_its_pairs_once_and_none_with_itself():
    y = np.random.default_rng(0).integers(0, 4, 80)
    similar, dissimilar = draw_pairs(y, 5, np.random.default_rng(1))
    assert (y[similar[:, 0]] == y[similar[:, 1]]).all()
    assert (y[dissimilar[:, 0]] != y[dissimilar[:, 1]]).all()
    for pairs in (similar, dissimilar):
        assert (pairs[:, 0] < pairs[:, 1]).all()
        assert len({tuple(pair) for pair in pairs.tolist()}) == len(pairs)
        assert (np.bincount(pairs.ravel(), minlength=80) >= 5).all()


class Watched(Inference):
    """Notes which block is updated, and the codes before each update."""

    def __init__(self, *given):
        super().__init__(*given)
        self.visited, self.before = [], []

    def update(self, z, number):
        self.visited.append(number)
        self.before.append(z.copy())
        super().update(z, number)


def test_each_sweep_visits_every_block_once_in_random_order_beginning_with_plus_one():
    y = np.arange(60) % 6
    similar, dissimilar = draw_pairs(y, 10, np.random.default_rng(0))
    weights = (-np.ones(len(similar), np.int64), np.ones(len(dissimilar), np.int64))
    matrices = [symmetric(pairs, a, 60) for pairs, a in zip((similar, dissimilar), weights, strict=True)]
    orders = set()
    for seed in range(4):
        inference = Watched(*matrices, [np.flatnonzero(y == c) for c in range(6)])
        inference.infer(3, np.random.default_rng(seed))
        assert (inference.before[0] == 1).all()
        sweeps = [tuple(inference.visited[start : start + 6]) for start in (0, 6, 12)]
        assert len(inference.visited) == 18
        assert all(sorted(each) == list(range(6)) for each in sweeps)
        orders |= set(sweeps)
    assert len(orders) > 6


def rows(n=200, d=6, seed=0):
    rng = np.random.default_rng(seed)
    Q = rng.integers(0, 256, (n, d)).astype(np.uint8)
    z = np.where((Q[:, 1] > 90) ^ (Q[:, 4] > 160), 1, -1)
    return Q, z, rng.random(n) + 0.1


def test_gradient_boosted_trees_have_the_scores_of_the_librarys_model():
    from sklearn.ensemble import HistGradientBoostingClassifier

    Q, z, w = rows()
    trees = gradient_boosted(Q, z, w, 15, 3, 0)
    model = HistGradientBoostingClassifier(
        learning_rate=0.1, max_iter=15, max_depth=3, max_leaf_nodes=8, early_stopping=False, random_state=0
    ).fit(Q, z, sample_weight=w)
    every = np.random.default_rng(1).integers(0, 256, (500, 6)).astype(np.uint8)
    np.testing.assert_allclose(trees.score(every), model.decision_function(every), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("fit", [gradient_boosted, ada_boosted])
def test_boosted_trees_learn_a_function_of_two_features(fit):
    Q, z, w = rows(n=800)
    trees = fit(Q, z, w, 60, 3, 0)
    assert ((trees.score(Q) > 0) == (z > 0)).mean() > 0.97


def test_discrete_adaboost_follows_its_definition_written_out_plainly():
    from sklearn.tree import DecisionTreeClassifier

    Q, z, w = rows(n=80)
    z = np.where(np.random.default_rng(3).random(80) < 0.2, -z, z)
    w, rng, score = w / w.sum(), np.random.default_rng(5), np.zeros(80)
    for _ in range(6):
        order = np.argsort(-w, kind="stable")
        kept = np.sort(order[: next(k for k in range(1, 81) if w[order[:k]].sum() >= 0.99 * w.sum())])
        tree = DecisionTreeClassifier(max_depth=2, max_features=6, random_state=int(rng.integers(2**31)))
        h = tree.fit(Q[kept], z[kept], sample_weight=w[kept]).predict(Q)
        alpha = 0.5 * np.log(w[h == z].sum() / w[h != z].sum())
        score += alpha * h
        w = w * np.exp(-alpha * z * h)
        w /= w.sum()
    _, _, given = rows(n=80)
    np.testing.assert_allclose(ada_boosted(Q, z, given, 6, 2, 5).score(Q), score, rtol=1e-9)


def test_trees_without_errors_and_trees_no_better_than_chance_have_their_weights():
    assert tree_weight(1.0, 0.0) == pytest.approx(0.5 * np.log(1e8))
    assert tree_weight(0.5, 0.5) == 0
    assert tree_weight(0.2, 0.8) == 0


def test_the_heaviest_points_are_the_fewest_that_carry_the_weight():
    w = np.array([0.004, 0.5, 0.3, 0.192, 0.004])
    np.testing.assert_array_equal(heaviest(w), [1, 2, 3])
    np.testing.assert_array_equal(heaviest(np.full(4, 0.25)), [0, 1, 2, 3])


def test_a_tree_with_leaves_above_the_last_level_is_completed():
    grown = GrownTree(
        left=np.array([1, 0, 0]), right=np.array([2, 0, 0]), is_leaf=np.array([False, True, True]),
        feature=np.array([1, -2, -2]), threshold=np.array([7.5, -2, -2]), value=np.array([0, -3.0, 5.0]),
    )  # fmt: skip
    trees = Trees.empty(1, 3, 0.5)
    add_complete(trees, 0, grown)
    Q = np.array([[0, 7], [255, 7], [0, 8], [255, 255]], np.uint8)
    np.testing.assert_array_equal(trees.score(Q), [-2.5, -2.5, 5.5, 5.5])


def test_compiled_scores_are_those_of_a_plain_walk_through_the_trees():
    rng = np.random.default_rng(0)
    features, thresholds = rng.integers(0, 6, (4, 7)), rng.integers(0, 256, (4, 7))
    trees = Trees(features.astype(np.int32), thresholds.astype(np.uint8), rng.normal(size=(4, 8)), 0.25)
    Q = rng.integers(0, 256, (50, 6)).astype(np.uint8)
    for q, score in zip(Q, trees.score(Q), strict=True):
        expected = 0.25
        for tree in range(4):
            node = 0
            for _ in range(3):
                node = 2 * node + (2 if q[features[tree, node]] > thresholds[tree, node] else 1)
            expected += trees.leaves[tree, node - 7]
        assert score == pytest.approx(expected, rel=1e-12)


def test_levels_cover_the_range_and_values_outside_of_it_get_the_nearest_level():
    X = np.column_stack([np.linspace(-1, 3, 9), np.full(9, 2.0)])
    quantiser = Quantiser.of(X)
    levels = quantiser.levels(X)
    assert levels[0, 0] == 0
    assert levels[4, 0] == 128
    assert levels[-1, 0] == 255
    assert (levels[:, 1] == 0).all()
    assert quantiser.levels(np.array([[-9.0, 0.0], [9.0, 5.0]]))[:, 0].tolist() == [0, 255]


def points(n=240, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    X = rng.normal(size=(classes, 6))[y] + 0.3 * rng.normal(size=(n, 6))
    return X / np.linalg.norm(X, axis=1, keepdims=True), y


@pytest.mark.parametrize("trees", ["gradient", "adaboost"])
def test_the_snapshot_has_the_predicted_bits_and_comes_back_from_its_arrays(trees):
    X, y = points()
    method = FastHash(5, trees=trees, n_trees=10, depth=2, random_state=0).fit(X, y)
    np.testing.assert_array_equal(method.encode(X), method.codes_)
    again = FastHash.encoder_from(method.snapshot().arrays())
    np.testing.assert_array_equal(again.encode(X), method.codes_)
    assert again.n_bits == 5
    assert 0.2 < method.codes_[:, 0].mean() < 0.8


@pytest.mark.parametrize("loss", LOSS)
def test_the_objective_is_the_mean_loss_of_all_pairs(loss):
    X, y = points(n=60)
    method = FastHash(3, loss=loss, n_trees=5, depth=2, n_pairs=7, random_state=0)
    for bits in method.fit_by_epoch(X, y):
        r = max(1, bits)
        losses = [
            LOSS[loss](sign, (method.codes_[i] != method.codes_[j]).sum(), r)
            for pairs, sign in zip(method.pairs_, (1, -1), strict=True)
            for i, j in pairs
        ]
        assert method.objective() == pytest.approx(np.mean(losses))


@pytest.mark.parametrize("loss", LOSS)
def test_trees_learn_from_levels_and_points_weigh_as_much_as_their_pairs_apart_in_predicted_bits(loss, monkeypatch):
    seen = []

    def stump(Q, z, weights, *further):
        seen.append((Q, z, weights))
        return gradient_boosted(Q, z, weights, *further)

    monkeypatch.setitem(BOOSTINGS, "gradient", stump)
    X, y = points(n=60)
    method = FastHash(4, loss=loss, n_trees=1, depth=1, n_pairs=7, random_state=0).fit(X, y)
    assert len(seen) == 4
    # A single split cannot predict the inferred bits, so that it matters which of the two are compared.
    assert any((method.codes_[:, bit] != (z > 0)).any() for bit, (_, z, _) in enumerate(seen[:-1]))
    for r, (Q, _, weights) in enumerate(seen, start=1):
        assert Q.dtype == np.uint8
        np.testing.assert_array_equal(Q, Quantiser.of(X).levels(X))
        expected = np.zeros(60)
        for pairs, sign in zip(method.pairs_, (1, -1), strict=True):
            for i, j in pairs:
                d = (method.codes_[i, : r - 1] != method.codes_[j, : r - 1]).sum()
                expected[[i, j]] += abs(LOSS[loss](sign, d, r) - LOSS[loss](sign, d + 1, r))
        np.testing.assert_allclose(weights, expected / expected.mean())


def test_bits_that_are_not_learned_yet_are_zero():
    X, y = points()
    method = FastHash(4, n_trees=5, depth=2, random_state=0)
    learning = method.fit_by_epoch(X, y)
    assert next(learning) == 0
    assert not method.encode(X).any()
    assert next(learning) == 1
    codes = method.encode(X)
    assert codes[:, 0].any()
    assert not codes[:, 1:].any()


def test_a_bit_that_is_the_same_for_all_points_gets_a_constant_function():
    X, y = points(classes=2)
    X[:, 0] += 3 * y
    # After a perfect first bit, a second one cannot improve the hinge loss of a dissimilar pair.
    method = FastHash(2, n_trees=20, depth=2, random_state=0).fit(X, y)
    assert len(set(zip(y.tolist(), method.codes_[:, 0].tolist(), strict=True))) == 2
    assert method.encode(X)[:, 1].all()
    assert method.encode(-X)[:, 1].all()


@pytest.mark.parametrize("check", BATCH_CHECKS, ids=lambda check: check.__name__)
def test_fasthash_with_adaboost_keeps_the_contract(check):
    check(partial(FastHash, trees="adaboost", n_trees=2, depth=2, n_pairs=50, sweeps=1))


@pytest.mark.parametrize(
    "change",
    [
        {"features": np.full((5, 10, 3), 6, np.int32)},
        {"features": np.full((5, 10, 3), -1, np.int32)},
        {"features": np.zeros((5, 10, 3))},
        {"thresholds": np.zeros((5, 10, 4), np.uint8)},
        {"leaves": np.zeros((5, 10, 3))},
        {"bias": np.zeros(4)},
        {"scale": np.zeros(7)},
        {"features": np.zeros((5, 10, 2), np.int32), "thresholds": np.zeros((5, 10, 2), np.uint8),
         "leaves": np.zeros((5, 10, 3))},
        {"W": np.zeros((6, 5))},
    ],
)  # fmt: skip
def test_arrays_that_make_no_trees_are_refused(change):
    X, y = points()
    arrays = FastHash(5, n_trees=10, depth=2, random_state=0).fit(X, y).snapshot().arrays()
    with pytest.raises(ValueError, match=r"tree|quantiser"):
        TreeCodes.of_arrays({**arrays, **change})


def test_without_scikit_learn_fit_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    X, y = points()
    with pytest.raises(InputError) as refused:
        FastHash(4).fit(X, y)
    assert str(refused.value) == "fasthash: scikit-learn is missing (pip install 'mihash-bench[batch]')"

"""Boosted trees that predict one bit from quantised features, made of the trees of scikit-learn (extra ``batch``)."""

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from mihash_bench.batch._trees import Bytes, Floats, GrownTree, Trees, add_complete

FEATURES_TRIED = 200
CARRIED = 0.99
LEARNING_RATE = 0.1
# Stands for the reciprocal of the weight of wrong predictions if there are none.
SURE = 1e8

Signs = NDArray[np.int64]


def missing() -> str:
    """Return what has to be installed, or "" if scikit-learn is there."""
    return "" if find_spec("sklearn") else "scikit-learn is missing (pip install 'mihash-bench[batch]')"


def gradient_boosted(Q: Bytes, z: Signs, weights: Floats, n_trees: int, depth: int, seed: int) -> Trees:
    """Fit gradient boosting with the logistic loss and a learning rate of 0.1 on histograms.

    Q: quantised features, shape (n, d). z: the bit, -1 or +1. weights: shape (n,). At each split, 200 features drawn at
    random are tried. The score is the log-odds of +1.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    model: Any = HistGradientBoostingClassifier(
        learning_rate=LEARNING_RATE,
        max_iter=n_trees,
        max_depth=depth,
        max_leaf_nodes=2**depth,
        max_features=min(1.0, FEATURES_TRIED / Q.shape[1]),
        early_stopping=False,
        random_state=seed,
    )
    # With another number of threads, sums could be rounded differently.
    with threadpool_limits(1):
        model.fit(Q, z, sample_weight=weights)
    trees = Trees.empty(n_trees, depth, float(np.sum(model._baseline_prediction)))
    for place, (tree,) in enumerate(model._predictors):
        nodes = tree.nodes
        names = ("left", "right", "is_leaf", "feature_idx", "num_threshold", "value")
        add_complete(trees, place, GrownTree(*(nodes[name] for name in names)))
    return trees


def ada_boosted(Q: Bytes, z: Signs, weights: Floats, n_trees: int, depth: int, seed: int) -> Trees:
    """Fit discrete AdaBoost; the arguments are those of ``gradient_boosted``.

    Each tree is fitted on the points with the largest weights that carry 99% of all weight, and at each split, 200
    features drawn at random are tried. A tree h, with values -1 and +1, counts ``alpha = ln(V+ / V-) / 2``, where V+
    and V- are the weights of correct and wrong predictions, and weights are multiplied by ``exp(-alpha z h)``.
    """
    from sklearn.tree import DecisionTreeClassifier

    # The library reads one feature of many rows at a time, so that values of a feature next to each other save time.
    rng, X, w = np.random.default_rng(seed), np.asfortranarray(Q, np.float32), weights / weights.sum()
    trees = Trees.empty(n_trees, depth)
    for place in range(n_trees):
        rows = heaviest(w)
        # Points of weight 0 are left out by the library.
        carrying = np.zeros_like(w)
        carrying[rows] = w[rows]
        state, tried = int(rng.integers(2**31)), min(FEATURES_TRIED, Q.shape[1])
        model: Any = DecisionTreeClassifier(max_depth=depth, max_features=tried, random_state=state)
        model.fit(X, z, sample_weight=carrying)
        h = model.predict(X)
        alpha = tree_weight(w[h == z].sum(), w[h != z].sum())
        if alpha > 0:
            add_complete(trees, place, _grown(model, alpha))
            w = w * np.exp(-alpha * z * h)
            w /= w.sum()
    return trees


def heaviest(w: Floats) -> NDArray[np.int64]:
    """Return the smallest set of points that carries 99% of the weight, in increasing order."""
    order = np.argsort(-w, kind="stable")
    carried = np.cumsum(w[order])
    return np.sort(order[: int(np.searchsorted(carried, CARRIED * carried[-1])) + 1])


def tree_weight(correct: float, wrong: float) -> float:
    """Return ``alpha = ln(correct / wrong) / 2``, 0 for a tree that is no better than chance.

    correct, wrong: weights of right and of wrong predictions, of sum 1. A weight of 0 counts as 1e-8 if it is wrong.
    """
    if correct <= wrong:
        return 0.0
    return float(0.5 * (np.log(correct) + (np.log(SURE) if wrong == 0 else -np.log(wrong))))


def _grown(model: Any, alpha: float) -> GrownTree:
    tree = model.tree_
    signs = model.classes_[tree.value[:, 0].argmax(axis=1)]
    return GrownTree(
        tree.children_left, tree.children_right, tree.children_left < 0, tree.feature, tree.threshold, alpha * signs
    )


BOOSTINGS = {"gradient": gradient_boosted, "adaboost": ada_boosted}

"""The contract of a batch hashing method.

Each check creates the method with 8 bits and uses 1,100 rows of unit norm with 24 features, in two well separated
classes. If the default parameters of a method require more rows, pass ``functools.partial(MyMethod, n_anchors=100)``.
"""

import pickle
import random
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.batch.base import BatchHasher
from mihash_bench.codes import pack
from mihash_bench.errors import InputError
from mihash_bench.evaluation import GivenRelevance, evaluate
from mihash_bench.metrics.average_precision import MAP_EXPECTED
from mihash_bench.neighbors import SharedLabels
from mihash_bench.testing.declared import DECLARED_CHECKS

Make = Callable[..., BatchHasher]

ROWS, FEATURES, BITS, HELD_OUT = 1_100, 24, 8, 300


class Points:
    """Rows and labels of two classes: training points, and held-out points of the same distribution."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        y = rng.integers(0, 2, ROWS + HELD_OUT)
        centres = np.linalg.qr(rng.normal(size=(FEATURES, 2)))[0].T
        X = centres[y] + 0.05 * rng.normal(size=(len(y), FEATURES))
        X -= X[:ROWS].mean(axis=0)
        X /= np.linalg.norm(X, axis=1, keepdims=True)
        self.X, self.y, self.X_new, self.y_new = X[:ROWS], y[:ROWS], X[ROWS:], y[ROWS:]

    def fit(self, method_class: Make, seed: int = 0) -> BatchHasher:
        """Return the method, trained with its default parameters on the training points."""
        return _made(method_class, seed).fit(self.X, self.y)


def _made(method_class: Make, seed: int = 0) -> BatchHasher:
    return method_class(BITS, random_state=seed)


def _refuses(method_class: Make, said: str, X: NDArray[Any], y: Any) -> None:
    try:
        _made(method_class).fit(X, y)
    except InputError as error:
        refusal = str(error)
    else:
        raise AssertionError(f"training points were accepted that should be refused ({said})")
    assert said in refusal, f"the error message does not contain {said!r}: {refusal}"


def check_two_classes_far_apart_are_told_apart(method_class: Make) -> None:
    """Every held-out point ranks its own class first: mAP is 1."""
    points = Points()
    method = points.fit(method_class)
    near = SharedLabels().between(None, points.y_new, None, points.y)
    table, queries = pack(method.encode(points.X)), pack(method.encode(points.X_new))
    value = evaluate(table, queries, GivenRelevance(near), [MAP_EXPECTED], BITS).value(MAP_EXPECTED)
    assert value > 0.999, f"mAP is {value}, not 1"


def check_the_same_seed_gives_the_same_bits(method_class: Make) -> None:
    """The result depends only on the seed, and another seed gives another result."""
    points = Points()
    first, again, other = (points.fit(method_class, seed).snapshot().arrays() for seed in (0, 0, 1))
    assert all(np.array_equal(first[name], again[name]) for name in first), "the same seed gave two different results"
    assert any(not np.array_equal(first[name], other[name]) for name in first), "another seed gave the same result"


def check_a_clone_has_the_parameters_and_none_of_the_state(method_class: Make) -> None:
    """A clone has the same parameters and has learned nothing."""
    method = Points().fit(method_class)
    clone = method.clone()
    assert clone.get_params() == method.get_params(), "the parameters of a clone differ"
    kept = [name for name in vars(clone) if name.endswith("_")]
    assert not kept, f"a clone has the learned attributes {', '.join(kept)}"


def check_looking_between_epochs_changes_nothing(method_class: Make) -> None:
    """Epochs are numbered from 0 to at most ``n_epochs``, and objective and snapshot do not change the training."""
    points, observed = Points(), _made(method_class)
    epochs = []
    for epoch in observed.fit_by_epoch(points.X, points.y):
        epochs.append(epoch)
        observed.snapshot().encode(points.X_new)
        value = observed.objective()
        assert np.isfinite(value), f"the objective is {value}"
        assert observed.objective() == value, "the objective differs between two calls"
    assert epochs == list(range(len(epochs))), f"the epochs were numbered {epochs}"
    assert len(epochs) <= observed.n_epochs + 1, f"the last epoch was {epochs[-1]}, but n_epochs is {observed.n_epochs}"
    plain = points.fit(method_class)
    first, second = observed.snapshot().arrays(), plain.snapshot().arrays()
    assert all(np.array_equal(first[name], second[name]) for name in second), (
        "calls of objective and snapshot changed the result"
    )


def check_inputs_are_not_changed(method_class: Make) -> None:
    """The method works with read-only rows and labels and does not change them."""
    points = Points()
    before = points.X.copy()
    for array in (points.X, points.y):
        array.flags.writeable = False
    points.fit(method_class).encode(points.X)
    assert np.array_equal(points.X, before), "the training points were changed"


def check_codes_have_a_column_for_each_bit(method_class: Make) -> None:
    """Codes are a boolean matrix of shape (n, bits), of the method and of its snapshots."""
    points = Points()
    method = points.fit(method_class)
    for codes in (method.encode(points.X), method.snapshot().encode(points.X)):
        assert isinstance(codes, np.ndarray), f"codes are of the type {type(codes).__name__}"
        assert codes.dtype == np.bool_, f"codes have the type {codes.dtype}"
        assert codes.shape == (ROWS, BITS), f"codes have the shape {codes.shape} for {ROWS} rows and {BITS} bits"


def check_codes_do_not_depend_on_other_rows(method_class: Make) -> None:
    """The code of a row is the same at each call, and whatever other rows are encoded with it."""
    points = Points()
    method = points.fit(method_class)
    codes = method.encode(points.X)
    assert np.array_equal(method.encode(points.X), codes), "two calls gave different codes"
    assert np.array_equal(method.encode(points.X[7:9]), codes[7:9]), "the codes of two rows differ without the others"


def check_a_run_file_restores_the_codes(method_class: Make) -> None:
    """``encoder_from(snapshot().arrays())``, which is what a run file keeps, gives the codes of the method."""
    points = Points()
    method = points.fit(method_class)
    restored = method.encoder_from(method.snapshot().arrays())
    assert restored.n_bits == BITS, f"the restored encoder has {restored.n_bits} bits, not {BITS}"
    assert np.array_equal(restored.encode(points.X), method.encode(points.X)), "the restored encoder gives other codes"


def check_global_random_numbers_are_left_alone(method_class: Make) -> None:
    """Neither ``np.random`` nor ``random`` is used or seeded; random numbers come from ``self.random_``."""
    codes = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002 - the rule is about this global state
        random.seed(seed)
        before = repr(np.random.get_state()), random.getstate()  # noqa: NPY002
        points = Points()
        codes.append(points.fit(method_class).encode(points.X))
        after = repr(np.random.get_state()), random.getstate()  # noqa: NPY002
        assert before[0] == after[0], "the state of np.random has changed"
        assert before[1] == after[1], "the state of random has changed"
    assert np.array_equal(codes[0], codes[1]), "the codes differ after another np.random.seed"


def check_queries_are_not_read(method_class: Make) -> None:
    """What is learned depends on the training points only, not on the rows and labels beside them in memory."""
    plain, other = Points(), Points()
    other.X_new[:], other.y_new[:] = -other.X_new[::-1], 1 - other.y_new
    first, second = (points.fit(method_class).snapshot().arrays() for points in (plain, other))
    differ = [name for name in first if not np.array_equal(first[name], second[name])]
    assert not differ, f"{', '.join(differ)} of the snapshot changed with the rows beside the training points"


def check_a_snapshot_stays_as_it_was(method_class: Make) -> None:
    """Later epochs do not change a snapshot, and a pickled snapshot gives the same codes."""
    points, method = Points(), _made(method_class)
    learning = method.fit_by_epoch(points.X, points.y)
    next(learning)
    snapshot = method.snapshot()
    codes = snapshot.encode(points.X)
    for _ in learning:
        pass
    assert np.array_equal(snapshot.encode(points.X), codes), "later epochs changed the codes of a snapshot"
    assert np.array_equal(pickle.loads(pickle.dumps(snapshot)).encode(points.X), codes), (
        "a pickled snapshot gives other codes"
    )


def check_names_of_labels_do_not_matter(method_class: Make) -> None:
    """Labels are names: the result does not depend on which integers are used."""
    points = Points()
    plain = points.fit(method_class).encode(points.X)
    points.y = np.where(points.y == 0, 3, 1_000)
    assert np.array_equal(points.fit(method_class).encode(points.X), plain), "other integers gave other codes"


def check_one_class_breaks_nothing(method_class: Make) -> None:
    """If all training points are neighbors, the hash functions are finite or the method raises InputError."""
    points = Points()
    points.y = np.zeros(ROWS, np.int64)
    try:
        method = points.fit(method_class)
    except InputError:
        return
    for name, array in method.snapshot().arrays().items():
        assert np.isfinite(array).all(), f"the array {name} of the snapshot contains NaN or infinity"


def check_bad_training_points_are_refused(method_class: Make) -> None:
    """NaN and infinity are refused, and so are missing labels, too few labels and several labels per row."""
    X, y = Points().X, Points().y
    for bad in (np.nan, np.inf):
        wrong = X.copy()
        wrong[3, 4] = bad
        _refuses(method_class, "NaN or infinity", wrong, y)
    _refuses(method_class, "one label per row", X, y[:-1])
    _refuses(method_class, "one integer per row", X, np.stack([y, 1 - y], axis=1))
    _refuses(method_class, "one integer per row", X, None)


BATCH_CHECKS = (
    *DECLARED_CHECKS,
    check_codes_have_a_column_for_each_bit,
    check_codes_do_not_depend_on_other_rows,
    check_two_classes_far_apart_are_told_apart,
    check_the_same_seed_gives_the_same_bits,
    check_global_random_numbers_are_left_alone,
    check_queries_are_not_read,
    check_a_clone_has_the_parameters_and_none_of_the_state,
    check_looking_between_epochs_changes_nothing,
    check_inputs_are_not_changed,
    check_a_snapshot_stays_as_it_was,
    check_a_run_file_restores_the_codes,
    check_names_of_labels_do_not_matter,
    check_one_class_breaks_nothing,
    check_bad_training_points_are_refused,
)

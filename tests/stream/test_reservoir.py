import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mihash_bench.stream.reservoir import Reservoir
from tests.conftest import golden, golden_names


@pytest.mark.parametrize("name", golden_names("reservoir_*"))
def test_members_after_each_step_equal_the_release(name):
    vector = golden(name)
    X, keys, start = vector["X"], vector["rand_stream"].ravel(), int(vector["n_init"])
    reservoir = Reservoir(int(vector["capacity"]))
    if start:
        reservoir.offer(X[:start], None, keys[:start])
    for step, expected in enumerate(vector["ids_after"].ravel()):
        row = slice(start + step, start + step + 1)
        reservoir.offer(X[row], None, keys[row])
        assert reservoir.rows.X[:, 0].tolist() == expected.ravel().tolist()
    np.testing.assert_array_equal(reservoir.keys, vector["final_PQ"].ravel())


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.sampled_from([1, 2, 5]))
@settings(max_examples=40, deadline=None)
def test_history_shows_the_members_before_each_step_however_the_stream_is_cut(seed, capacity, per_step):
    rng = np.random.default_rng(seed)
    X, y, keys = rng.normal(size=(40, 3)), rng.integers(0, 5, 40), rng.random(40)
    one_by_one, in_blocks = Reservoir(capacity), Reservoir(capacity)
    seen = []
    for start in range(0, 40, per_step):
        rows = slice(start, start + per_step)
        history = one_by_one.offer(X[rows], y[rows], keys[rows], per_step=per_step)
        seen.append(history.before)
    views = []
    for start in (0, 20):
        rows = slice(start, start + 20)
        history = in_blocks.offer(X[rows], y[rows], keys[rows], per_step=per_step)
        views += [(view.X.copy(), view.y.copy()) for view in history.views(X[rows], y[rows])]
    assert len(views) == len(seen)
    for (X_seen, y_seen), expected in zip(views, seen, strict=True):
        assert np.array_equal(X_seen, expected.X)
        assert np.array_equal(y_seen, expected.y)


def test_members_are_the_rows_with_the_smallest_keys():
    rng = np.random.default_rng(0)
    keys = rng.random(300)
    reservoir = Reservoir(25)
    reservoir.offer(np.arange(300.0)[:, None], None, keys)
    assert sorted(reservoir.rows.X[:, 0]) == sorted(np.argsort(keys)[:25])


def test_a_row_with_the_same_key_as_the_largest_does_not_take_its_place():
    reservoir = Reservoir(2)
    reservoir.offer(np.arange(3.0)[:, None], None, np.array([0.2, 0.7, 0.7]))
    assert reservoir.rows.X[:, 0].tolist() == [0, 1]


def test_a_step_that_only_partly_fits_fills_the_free_places_first():
    reservoir = Reservoir(3)
    reservoir.offer(np.arange(2.0)[:, None], None, np.array([0.5, 0.6]), per_step=2)
    reservoir.offer(np.array([[2.0], [3.0]]), None, np.array([0.9, 0.1]), per_step=2)
    assert reservoir.rows.X[:, 0].tolist() == [0, 1, 3]


def test_views_cannot_be_written_to():
    reservoir = Reservoir(3)
    X = np.arange(4.0)[:, None]
    reservoir.offer(X, None, np.array([0.1, 0.2, 0.3, 0.4]))
    view = next(reservoir.offer(X, None, np.ones(4)).views(X, None))
    with pytest.raises(ValueError, match="read-only"):
        view.X[0] = 7


def test_a_reservoir_of_size_zero_stays_empty():
    reservoir = Reservoir(0)
    reservoir.offer(np.ones((3, 2)), None, np.zeros(3))
    assert len(reservoir.rows) == 0


def test_lengths_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        Reservoir(3).offer(np.ones((3, 2)), None, np.zeros(2))


def test_every_row_is_as_likely_to_be_kept_over_ten_thousand_streams():
    capacity, rows, streams = 5, 20, 10_000
    kept = np.zeros(rows)
    for seed in range(streams):
        reservoir = Reservoir(capacity)
        reservoir.offer(np.arange(rows, dtype=float)[:, None], None, np.random.default_rng(seed).random(rows))
        kept[reservoir.rows.X[:, 0].astype(int)] += 1
    expected = streams * capacity / rows
    # Sampling without replacement: counts vary by (1 - capacity/rows) of a multinomial's.
    statistic = ((kept - expected) ** 2).sum() / (expected * (1 - capacity / rows)) * (rows - 1) / rows
    assert stats.chi2.sf(statistic, rows - 1) > 1e-3

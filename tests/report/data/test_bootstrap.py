"""Bootstrap intervals, compared with those of SciPy."""

import numpy as np
from scipy import stats

from mihash_bench.report.data import bootstrap
from mihash_bench.report.data.bootstrap import intervals


def scipy_interval(vector):
    made = stats.bootstrap((vector,), np.mean, confidence_level=0.95, batch=500, rng=np.random.default_rng(0))
    return list(made.confidence_interval)


def test_intervals_are_those_of_scipy_for_skewed_symmetric_and_mostly_equal_vectors():
    rng = np.random.default_rng(1)
    sparse = np.zeros(50)
    sparse[:2] = 0.5, -0.25
    vectors = np.array([rng.beta(0.5, 2, 50), rng.normal(size=50), sparse, -rng.exponential(size=50)])
    np.testing.assert_allclose(intervals(vectors, 0.95), [scipy_interval(each) for each in vectors], atol=1e-9)


def test_intervals_do_not_depend_on_how_many_vectors_are_in_memory(monkeypatch):
    vectors = np.random.default_rng(3).normal(size=(5, 40))
    together = intervals(vectors, 0.95)
    monkeypatch.setattr(bootstrap, "VECTORS_AT_ONCE", 2)
    np.testing.assert_allclose(intervals(vectors, 0.95), together, rtol=0, atol=1e-15)


def test_other_confidence_gives_other_bounds():
    vectors = np.random.default_rng(2).normal(size=(1, 30))
    wide, narrow = intervals(vectors, 0.99)[0], intervals(vectors, 0.5)[0]
    assert wide[0] < narrow[0] < vectors.mean() < narrow[1] < wide[1]

import numpy as np

from mihash_bench.search_space import LogUniform, OneOf


def test_the_logarithm_is_uniform_between_the_bounds():
    rng = np.random.default_rng(0)
    logs = np.log10([LogUniform(0.01, 100).draw(rng) for _ in range(4000)])
    counts, _ = np.histogram(logs, bins=4, range=(-2, 2))
    assert counts.sum() == 4000
    # Four bins of 1,000: standard deviation about 27.
    assert np.abs(counts - 1000).max() < 140


def test_values_have_three_digits_so_that_their_text_gives_them_back():
    rng = np.random.default_rng(1)
    values = [LogUniform(1e-6, 1e6).draw(rng) for _ in range(200)]
    assert all(float(f"{value:.3g}") == value for value in values)


def test_each_of_several_values_is_drawn():
    rng = np.random.default_rng(2)
    drawn = [OneOf((300, 1000, "all")).draw(rng) for _ in range(300)]
    assert set(drawn) == {300, 1000, "all"}
    assert min(drawn.count(value) for value in set(drawn)) > 70


def test_the_same_generator_draws_the_same_values():
    assert LogUniform(1, 10).draw(np.random.default_rng(3)) == LogUniform(1, 10).draw(np.random.default_rng(3))


def test_spans_describe_themselves():
    assert str(LogUniform(1e-5, 100)) == "log-uniform from 1e-05 to 100"
    assert str(OneOf((300, 1000))) == "one of 300, 1000"

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.methods.osh import OSH
from tests.conftest import golden, golden_names


@pytest.mark.parametrize("name", golden_names("osh_sgd_*"))
@pytest.mark.parametrize(
    ("rows", "codes", "expected"), [("x1", "code1", "W1"), ("x5", "codes5", "W5"), ("xbig", "code1", "Wbig")]
)
def test_steps_equal_the_release(name, rows, codes, expected):
    vector = golden(name)
    codebook = vector[codes].astype(float)
    method = OSH(16, step_size=vector["stepsize"], boosting=bool(vector["SGDBoost"]))
    method.start(vector[rows], W=vector["W"], codebook=codebook)
    method.partial_fit(vector[rows], np.arange(len(codebook)))
    np.testing.assert_allclose(method.W_, vector[expected], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", [*golden_names("osh_seq_*"), *golden_names("osh_multilabel_*")])
def test_sequences_equal_the_release_with_its_state_kept(name):
    vector = golden(name)
    codebook = 2.0 * vector["ECOCs"] - 1
    y = vector["Y"].ravel().astype(int) if vector["Y"].shape[1] == 1 else vector["Y"].astype(np.uint8)
    method = OSH(8, step_size=vector["stepsize"], boosting=bool(vector["SGDBoost"]))
    method.start(vector["X"], W=vector["W0"], codebook=codebook)
    seen = 0
    for place, t in enumerate(vector["t_saved"].ravel().astype(int)):
        method.partial_fit(vector["X"][seen:t], y[seen:t])
        seen = t
        np.testing.assert_allclose(method.W_, vector["Wt"][:, :, place], rtol=0, atol=1e-10)


def test_boosting_over_numbers_equals_the_loop_over_columns():
    rng = np.random.default_rng(0)
    x, W, c = rng.normal(size=6), rng.normal(size=(6, 5)), rng.choice([-1.0, 1.0], 5)
    method = OSH(5).start(x[None], W=W, codebook=np.vstack([c, -c]))
    method.partial_fit(x[None], np.array([3]))
    weight = 1.0
    for j in range(5):
        W[:, j] += 0.1 * weight * np.exp(-c[j] * (x @ W[:, j])) * c[j] * x
        weight *= np.exp(-c[j] * (x @ W[:, j]))
    np.testing.assert_allclose(method.W_, W, rtol=1e-12)


def test_a_row_without_labels_updates_nothing():
    X = np.eye(4)
    method = OSH(8, random_state=0).start(X)
    before = method.W_.copy()
    method.partial_fit(X, np.zeros((4, 3), np.uint8))
    assert np.array_equal(method.W_, before)


def test_labels_are_needed_and_the_codebook_has_no_constant_column():
    method = OSH(256, codebook_size=3, random_state=0).start(np.eye(4))
    assert (np.abs(method.codebook_.sum(axis=0)) < 3).all()
    with pytest.raises(InputError, match="needs labels"):
        method.partial_fit(np.eye(4))
    with pytest.raises(InputError, match="osh.codebook_size"):
        method.partial_fit(np.eye(4), np.arange(4))

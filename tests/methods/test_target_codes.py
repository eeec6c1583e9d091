import numpy as np
import pytest
from scipy.linalg import hadamard as sylvester

from mihash_bench.errors import InputError
from mihash_bench.methods._target_codes import TargetCodes, checked_codebook, hadamard, majority, order_of, signs
from tests.conftest import golden

RNG = np.random.default_rng(0)


def codes(codebook, projection=None, **given):
    return TargetCodes(checked_codebook(codebook), projection, "a.classes: 4", np.random.default_rng(0), **given)


@pytest.mark.parametrize(("bits", "order"), [(8, 16), (16, 16), (32, 32), (48, 64), (64, 64), (128, 128)])
def test_the_order_has_a_row_for_each_class_and_a_column_for_each_bit(bits, order):
    assert order_of(bits, 10) == order
    assert order_of(bits, 205) == 256


@pytest.mark.parametrize("order", [1, 2, 16, 64])
def test_the_matrix_is_that_of_sylvester(order):
    assert np.array_equal(hadamard(order), sylvester(order))


def test_targets_of_several_labels_equal_the_vectors():
    vector = golden("later_targets_multilabel.mat")
    for y, order, target in zip(vector["Y"], vector["zero_order"] - 1, vector["targets"], strict=True):
        total = vector["codebook"][np.flatnonzero(y)].sum(axis=0)
        np.testing.assert_array_equal(majority(total, order), target)


def test_zeros_are_filled_until_both_signs_are_equally_frequent():
    order = RNG.permutation(8)
    code = majority(np.array([3.0, 1, 2, 0, 0, 0, 0, -1]), order)
    assert code.sum() == 0
    assert majority(np.zeros(5), np.arange(5)).tolist() == [1, 1, 1, -1, -1]


def test_labels_take_the_next_row_at_first_sight_whatever_numbers_they_are():
    H = hadamard(4)
    made = codes(H)
    assert np.array_equal(made.of_block(np.array([70, -3, 70]))[1], H[[0, 1, 0]])
    assert np.array_equal(made.of_block(np.array([5, -3]))[1], H[[2, 1]])
    made.of_block(np.array([6]))
    with pytest.raises(InputError, match="a.classes: 4 .allowed: at least the number of labels in the stream"):
        made.of_block(np.array([7]))


def test_rows_without_labels_have_no_target():
    y = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.uint8)
    places, targets = codes(hadamard(4)).of_block(y)
    assert places.tolist() == [1]
    assert np.array_equal(targets, hadamard(4)[:1])
    assert codes(hadamard(4)).of_block(y[:1])[1].shape == (0, 4)


def test_another_length_projects_the_majority_of_the_rows():
    H, A = hadamard(8), RNG.normal(size=(8, 5))
    y = np.array([[1, 1, 1], [0, 1, 0]], np.uint8)
    order = RNG.permutation(8)
    _, targets = codes(H, A, zero_orders=[order]).of_block(y)
    whole = np.vstack([majority(H[:3].sum(axis=0).astype(float), order), H[1]])
    assert np.array_equal(targets, signs(whole @ A))


def test_given_orders_are_used_up_by_examples_with_several_labels():
    made = codes(hadamard(4), zero_orders=[np.arange(4)])
    made.of_block(np.array([[1, 1], [0, 1]], np.uint8))
    with pytest.raises(InputError, match="zero_orders: too few"):
        made.of_block(np.array([[1, 1]], np.uint8))


def test_a_codebook_with_other_values_is_refused():
    with pytest.raises(InputError, match="codebook: shape"):
        checked_codebook(np.zeros((2, 2)))

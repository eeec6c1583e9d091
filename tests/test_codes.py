import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mihash_bench.codes import hamming, pack, unpack

bit_matrices = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=257))


@given(bit_matrices)
def test_unpacking_gives_back_what_was_packed(bits):
    assert (unpack(pack(bits), bits.shape[1]) == bits).all()


@given(st.integers(1, 256), st.integers(0, 2**32 - 1))
def test_distance_counts_the_bits_that_differ(n_bits, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.random((5, n_bits)) < 0.5, rng.random((7, n_bits)) < 0.5
    assert (hamming(a, b) == (a[:, None] != b[None]).sum(axis=2)).all()


def test_bit_k_is_bit_k_modulo_64_of_its_word():
    bits = np.zeros((1, 130), np.bool_)
    bits[0, [0, 65, 129]] = True
    assert pack(bits).tolist() == [[1, 2, 2]]


@pytest.mark.parametrize("bad", [np.zeros((2, 3), np.uint8), np.zeros(4, np.bool_)])
def test_packing_refuses_anything_but_a_boolean_matrix(bad):
    with pytest.raises(ValueError, match="boolean matrix"):
        pack(bad)

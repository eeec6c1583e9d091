import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.methods.constant import Constant


def test_all_codes_are_zero_whatever_was_seen():
    X = np.random.default_rng(0).normal(size=(30, 5))
    method = Constant(8).start(X).partial_fit(X, np.arange(30))
    assert not method.encode(X).any()
    assert method.encode(X).shape == (30, 8)


def test_only_a_projection_of_zeros_can_be_given():
    assert not Constant(8).start(np.zeros((3, 2)), W=np.zeros((2, 8))).W_.any()
    with pytest.raises(InputError, match="W: not zero"):
        Constant(8).start(np.zeros((3, 2)), W=np.ones((2, 8)))

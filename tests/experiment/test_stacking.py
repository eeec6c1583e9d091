import numpy as np
import pytest

from mihash_bench.anchors import KernelMap
from mihash_bench.codes import pack
from mihash_bench.encoders import AffineCodes, CentredCodes, KernelCodes, LinearCodes
from mihash_bench.experiment.coding import Coder
from mihash_bench.experiment.snapshot import Snapshot
from mihash_bench.experiment.stacking import stacked

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5)).astype(np.float32)
FIRST, LATER = RNG.normal(size=(2, 5, 7))
KERNEL = KernelMap(X[:4].astype(np.float64), 2.0)
FAMILIES = {
    "linear": [LinearCodes(FIRST), LinearCodes(LATER)],
    "affine": [AffineCodes(FIRST, np.linspace(-1, 1, 7)), AffineCodes(LATER, np.linspace(2, -2, 7))],
    "kernel": [KernelCodes(FIRST, KERNEL), KernelCodes(LATER, KERNEL)],
}
each = pytest.mark.parametrize("encoders", FAMILIES.values(), ids=FAMILIES)


@each
def test_codes_of_encoders_stacked_are_those_of_each(encoders):
    stack = stacked(encoders)
    assert type(stack.encoder) is type(encoders[0])
    assert stack.encoder.n_bits == 14
    for part, encoder in zip(stack.parts(stack.encoder.encode(X)), encoders, strict=True):
        np.testing.assert_array_equal(part, encoder.encode(X))


@each
def test_coding_in_a_stack_gives_the_codes_of_each(encoders):
    snapshots = [Snapshot("some", encoder, 7, X) for encoder in encoders]
    for words, encoder in zip(Coder(X).code(snapshots), encoders, strict=True):
        np.testing.assert_array_equal(words, pack(encoder.encode(X)))


def test_bits_in_common_are_computed_once():
    # As a method that learns bit by bit leaves them: bits that are not learned yet are 0.
    grown = [KernelCodes(np.where(np.arange(7) < learned, FIRST, 0.0), KERNEL) for learned in range(8)]
    stack = stacked(grown)
    assert stack.encoder.n_bits == 8
    for part, encoder in zip(stack.parts(stack.encoder.encode(X)), grown, strict=True):
        np.testing.assert_array_equal(part, encoder.encode(X))


def test_bits_that_differ_in_their_bias_only_are_kept_apart():
    stack = stacked([AffineCodes(FIRST, np.zeros(7)), AffineCodes(FIRST, np.ones(7))])
    assert stack.encoder.n_bits == 14


class Own(LinearCodes):
    """An encoder of a plug-in, whose codes need not be those of its columns."""


@pytest.mark.parametrize(
    "encoders",
    [[Own(FIRST), Own(LATER)], [LinearCodes(FIRST), Own(LATER)], [CentredCodes(FIRST, np.ones(5))] * 2],
)
def test_other_encoders_are_not_stacked(encoders):
    assert stacked(encoders) is None

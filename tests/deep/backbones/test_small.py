"""The small network."""

from pathlib import Path

import pytest

from mihash_bench.deep.backbones.small import Small
from mihash_bench.errors import InputError
from tests.deep.torch_here import torch

NOWHERE = Path("no-such-folder")


def test_its_weights_depend_on_its_seed_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    digest = Small().weights_digest(NOWHERE)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert Small().weights_digest(NOWHERE) == digest
    assert Small(weights_seed=1).weights_digest(NOWHERE) != digest


def test_it_can_be_trained():
    network = Small().load(NOWHERE)
    features = network.module(torch.zeros(2, 3, 32, 32) + 0.5)
    features.sum().backward()
    assert all(weight.grad is not None for weight in network.module.parameters())


def test_a_seed_that_is_not_allowed_is_refused():
    with pytest.raises(InputError, match=r"small\.weights_seed: -1"):
        Small(weights_seed=-1).load(NOWHERE)

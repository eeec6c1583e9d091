"""The contract of a backbone, tried on eight images of the smallest side that it allows. PyTorch is imported late."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.deep.backbones.base import Backbone
from mihash_bench.errors import InputError
from mihash_bench.testing.declared import (
    check_every_parameter_is_declared,
    check_it_has_a_title_and_a_version,
    check_parameters_are_stored_unchanged,
)

Made = type[Backbone]


def _images() -> NDArray[np.uint8]:
    """Return eight images of 32 x 32, each of sixteen squares of random colors."""
    squares = np.random.default_rng(0).integers(0, 256, (8, 4, 4, 3)).astype(np.uint8)
    return squares.repeat(8, axis=1).repeat(8, axis=2)


def _network(made: Made, data_dir: Path) -> Any:
    backbone = made()
    return backbone.load(data_dir, backbone.pixels.low)


def check_the_backbone_is_declared(made: Made, data_dir: Path) -> None:
    """It has a title, a version, ``n_features`` and positive ``std``, and its parameters have constraints.

    The constructor stores its parameters unchanged.
    """
    check_it_has_a_title_and_a_version(made)
    check_every_parameter_is_declared(made)
    check_parameters_are_stored_unchanged(made)
    assert type(made.n_features) is int, f"n_features is {made.n_features!r}"
    assert made.n_features >= 1, f"n_features is {made.n_features}"
    assert len(made.mean) == len(made.std) == 3, "mean and std are not three numbers each"
    assert min(made.std) > 0, f"std is {made.std}"


def check_a_side_that_is_not_allowed_is_refused(made: Made, data_dir: Path) -> None:
    """The default side is allowed, and 0 pixels are refused."""
    assert made.pixels.allows(made.pixels.default), f"the default side, {made.pixels.default}, is not {made.pixels}"
    try:
        made.check_side(0)
    except InputError:
        return
    raise AssertionError("images of 0 pixels are accepted")


def check_features_have_the_declared_shape(made: Made, data_dir: Path) -> None:
    """Features are finite and of shape (n, ``n_features``), for the smallest side and for the default one."""
    backbone = made()
    for side in (backbone.pixels.low, backbone.pixels.default):
        found = backbone.load(data_dir, side).features(_images())
        assert found.shape == (8, backbone.n_features), f"at {side} pixels, the shape is {found.shape}"
        assert np.isfinite(found).all(), f"at {side} pixels, some features are not finite"


def check_features_do_not_depend_on_other_images(made: Made, data_dir: Path) -> None:
    """The features of an image are the same alone and in a batch, but for rounding."""
    network = _network(made, data_dir)
    together = network.features(_images())
    alone = np.concatenate([network.features(image[None]) for image in _images()])
    scale = np.abs(together).max()
    assert np.abs(together - alone).max() <= 1e-4 * scale, "they differ"


def check_the_weights_are_the_same_each_time(made: Made, data_dir: Path) -> None:
    """Two modules have the same weights, whatever PyTorch has drawn at random before, and draw nothing from it."""
    import torch

    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = made().weights_digest(data_dir)
    assert torch.equal(torch.get_rng_state(), before), "making a module changes the random numbers of PyTorch"
    torch.manual_seed(2)
    assert made().weights_digest(data_dir) == first, "the weights differ"


def check_every_weight_can_be_trained(made: Made, data_dir: Path) -> None:
    """The features depend on weights, and each weight that requires a gradient gets a finite one."""
    import torch

    network = _network(made, data_dir)
    features = network.module(network.normalized(network.resized(_images())))
    (features * torch.linspace(-1.0, 1.0, features.shape[1])).sum().backward()
    wanted = {name: weight.grad for name, weight in network.module.named_parameters() if weight.requires_grad}
    assert wanted, "there are no weights to train"
    without = [name for name, grad in wanted.items() if grad is None or not bool(torch.isfinite(grad).all())]
    assert not without, f"no finite gradient reaches {', '.join(without)}"


BACKBONE_CHECKS = (
    check_the_backbone_is_declared,
    check_a_side_that_is_not_allowed_is_refused,
    check_features_have_the_declared_shape,
    check_features_do_not_depend_on_other_images,
    check_the_weights_are_the_same_each_time,
    check_every_weight_can_be_trained,
)

"""The contract of backbones, on the package's own and on broken ones."""

import pytest

from mihash_bench.deep.backbones.small import Small
from mihash_bench.registry import BACKBONES
from mihash_bench.testing import BACKBONE_CHECKS
from tests.deep.torch_here import torch
from tests.testing.test_rules import failing


@pytest.mark.parametrize("name", [name for name in BACKBONES.names() if not BACKBONES.get(name).files])
def test_every_backbone_without_files_keeps_the_contract(name, tmp_path):
    if said := BACKBONES.get(name).missing():
        pytest.skip(said)
    assert failing(BACKBONE_CHECKS, BACKBONES.get(name), tmp_path) == set()


class _DrawsAnew(Small):
    def module(self, data_dir):
        torch.seed()
        return torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())


class _Wide(Small):
    n_features = 65


class _Frozen(Small):
    def module(self, data_dir):
        return super().module(data_dir).requires_grad_(False)


class _ComparesImages(Small):
    def module(self, data_dir):
        class Centred(torch.nn.Module):
            def __init__(self, inner):
                super().__init__()
                self.inner = inner

            def forward(self, images):
                return self.inner(images - images.mean(dim=0))

        return Centred(super().module(data_dir))


class _TakesNothing(Small):
    @classmethod
    def check_side(cls, side):
        return cls.pixels.default if side is None else side


@pytest.mark.parametrize(
    ("backbone", "rule"),
    [
        (_DrawsAnew, "the_weights_are_the_same_each_time"),
        (_Wide, "features_have_the_declared_shape"),
        (_Frozen, "every_weight_can_be_trained"),
        (_ComparesImages, "features_do_not_depend_on_other_images"),
        (_TakesNothing, "a_side_that_is_not_allowed_is_refused"),
    ],
)
def test_a_broken_backbone_breaks_its_rule(backbone, rule, tmp_path):
    assert failing(BACKBONE_CHECKS, backbone, tmp_path) == {rule}

"""What all backbones have in common, and backbones of the user's."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mihash_bench.deep import requirement
from mihash_bench.deep.backbones.base import Pixels
from mihash_bench.errors import InputError
from mihash_bench.plugins import load_plugins
from mihash_bench.registry import BACKBONES
from tests.deep.own_backbone import own_backbone
from tests.deep.torch_here import torch

NOWHERE = Path("no-such-folder")
MINE = own_backbone(
    """
        from torch import manual_seed, nn
        from torch.random import fork_rng

        with fork_rng(devices=[]):
            manual_seed(0)
            norm = nn.BatchNorm2d(self.channels)
            nn.init.uniform_(norm.running_mean)
            nn.init.uniform_(norm.running_var, 0.5, 2.0)
            nn.init.normal_(norm.weight)
            nn.init.normal_(norm.bias)
            first = nn.Sequential(nn.Conv2d(3, self.channels, 3), norm, nn.ReLU(), nn.Dropout())
            last = nn.BatchNorm2d(self.channels), nn.Conv2d(self.channels, 5, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()
            return nn.Sequential(first, *last)
""",
    n_features=5,
)


@pytest.fixture
def mine(tmp_path, forgotten_plugins):
    """A network of the user's, loaded as a plug-in."""
    path = tmp_path / "my.py"
    path.write_text(MINE)
    load_plugins([str(path)])
    return BACKBONES.get("mine")


@pytest.mark.parametrize("name", [name for name in BACKBONES.names() if not BACKBONES.get(name).files])
def test_features_have_the_announced_shape_on_the_smallest_images(name, images):
    backbone = BACKBONES.get(name)()
    network = backbone.load(NOWHERE, backbone.pixels.low)
    found = network.features(images)
    assert found.dtype == np.float32
    assert found.shape == (8, backbone.n_features)
    assert np.isfinite(found).all()
    assert len(np.unique(found, axis=0)) == 8


def test_a_network_of_the_user_is_normalised_and_folded(mine, images):
    network = mine().load(NOWHERE, 32)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).double()
    mean, std = (torch.tensor(values).double().reshape(3, 1, 1) for values in (mine.mean, mine.std))
    with torch.no_grad():
        expected = mine().module(NOWHERE).double().eval()((pixels - mean) / std)
    np.testing.assert_allclose(network.features(images), expected.numpy(), atol=1e-5)
    norms = [layer for layer in network.module.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    assert len(norms) == 1, "the one that follows no convolution stays"
    assert not any(layer.training for layer in network.module.modules())


def test_input_and_weights_are_channels_last(mine, images):
    network = mine().load(NOWHERE, 24)
    batch = network.normalized(network.resized(images))
    assert batch.shape == (8, 3, 24, 24)
    assert batch.is_contiguous(memory_format=torch.channels_last)
    weights = next(network.module.parameters())
    assert weights.is_contiguous(memory_format=torch.channels_last)


def test_the_digest_tells_weights_apart(mine):
    digest = mine().weights_digest(NOWHERE)
    assert digest == mine().weights_digest(NOWHERE)
    assert digest != mine(channels=7).weights_digest(NOWHERE)
    assert len(digest) == 64


def test_the_default_side_is_that_of_the_backbone(mine):
    assert mine().load(NOWHERE).pixels == 16


@pytest.mark.parametrize("side", [4, 18, 0, -8, 16.0, True])
def test_a_side_that_is_not_allowed_is_refused(mine, side):
    with pytest.raises(
        InputError, match=r"--pixels: .* is not allowed for mine \(allowed: a multiple of 4 of at least"
    ):
        mine().load(NOWHERE, side)


def test_a_parameter_that_is_not_allowed_is_refused(mine):
    with pytest.raises(InputError, match=r"mine\.channels: 0 is not allowed"):
        mine(channels=0).load(NOWHERE)


@pytest.mark.parametrize(
    ("pixels", "said"),
    [
        (Pixels(32, 8, 8, 64), "a multiple of 8 from 8 to 64"),
        (Pixels(128, 32, 32), "a multiple of 32 of at least 32"),
        (Pixels(224, 1, 224, 224), "224"),
    ],
)
def test_allowed_sides_are_described(pixels, said):
    assert str(pixels) == said


def test_images_get_the_size_of_the_network_as_by_pillow(mine, images):
    image = pytest.importorskip("PIL.Image", reason="needs the extra deep: pip install 'mihash-bench[deep]'")
    for side in (16, 64):
        resized = mine().load(NOWHERE, side).resized(images).permute(0, 2, 3, 1).numpy()
        theirs = [np.asarray(image.fromarray(one).resize((side, side), image.Resampling.BICUBIC)) for one in images]
        assert np.abs(resized.astype(int) - np.stack(theirs)).max() <= 1


def test_an_image_is_resized_alike_in_any_batch(mine, images):
    network = mine().load(NOWHERE, 64)
    assert torch.equal(network.resized(images)[3:4], network.resized(images[3:4]))


def test_without_torch_the_error_says_what_to_install(mine, monkeypatch):
    monkeypatch.setattr(requirement, "find_spec", lambda name: None)
    with pytest.raises(InputError) as caught:
        mine().load(NOWHERE)
    assert str(caught.value) == "--backbone: mine: PyTorch is missing (pip install 'mihash-bench[deep]')"


def test_listing_backbones_does_not_import_torch():
    code = (
        "import sys; from mihash_bench.registry import BACKBONES\n"
        "[each.missing() for each in BACKBONES.classes()]\n"
        "print(*{'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""

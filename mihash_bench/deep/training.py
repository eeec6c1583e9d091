"""Training a whole network with the loss of a batch method, one step at a time, from any saved state."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mihash_bench.batch._single_layer import SingleLayer
from mihash_bench.deep.batches import Batch, epoch_batches
from mihash_bench.deep.hash_network import HashNetwork, fill, flat
from mihash_bench.deep.methods.base import DeepHasher
from mihash_bench.deep.schedule import share_of_rate
from mihash_bench.errors import DivergedError, InputError

MOMENTUM = 0.9


class Training:
    """SGD over all weights of a network.

    In each step the outputs U of a mini-batch are taken out of the network, the loss returns their gradient in double
    precision, and the network propagates it. Everything that a step depends on is in ``state``: a training that goes on
    from a saved state does exactly what it would have done without the interruption, on the same number of threads of
    a processor.

    method: its rates. network: is changed in place. loss: the batch method, prepared for the labels of the training
    images. images: all images. rows: those of the training images. random: returns the generator of an epoch's order
    and flips.
    """

    def __init__(
        self,
        method: DeepHasher,
        network: HashNetwork,
        loss: SingleLayer,
        images: NDArray[np.uint8],
        rows: NDArray[np.int64],
        *,
        epochs: int,
        random: Callable[[int], np.random.Generator],
    ) -> None:
        self.method, self.network, self.loss = method, network, loss
        self.images, self.rows, self.epochs, self._random = images, rows, epochs, random
        self.steps_per_epoch = math.ceil(len(rows) / method.batch_size)
        self.epoch = self.step = 0
        self._rates = method.rates(len(rows))
        self._optimizer = self._make_optimizer()

    def _make_optimizer(self) -> torch.optim.SGD:
        backbone, W, bias = self._rates
        decay = self.method.weight_decay
        groups: list[dict[str, Any]] = [
            {"params": list(self.network.module.parameters()), "rate": backbone,
             "weight_decay": self.method.backbone_decay},
            {"params": [self.network.W], "rate": W, "weight_decay": decay},
            {"params": [self.network.bias], "rate": bias, "weight_decay": decay},
        ]  # fmt: skip
        optimizer = torch.optim.SGD(groups, lr=0.0, momentum=MOMENTUM, foreach=False)
        for each in self._parameters(optimizer):
            # Given from the start, so that a saved state always has the same arrays.
            optimizer.state[each]["momentum_buffer"] = torch.zeros_like(each)
        return optimizer

    @property
    def done_steps(self) -> int:
        """The number of steps done so far."""
        return self.epoch * self.steps_per_epoch + self.step

    @property
    def steps(self) -> int:
        """The number of steps of the whole training."""
        return self.epochs * self.steps_per_epoch

    def train_epoch(self) -> Iterator[int]:
        """Do the remaining steps of the current epoch, and yield the number of images of each.

        Raises DivergedError if an output is no longer finite.
        """
        on_processor = self.network.device.type == "cpu"
        batches = epoch_batches(
            self.images, self.rows, self.method.batch_size, self._random(self.epoch), first=self.step,
            # On a processor, a thread that resizes images would take time from the network.
            prepare=(lambda images: images) if on_processor else self._pinned,
        )  # fmt: skip
        for batch in batches:
            self._descend(batch if not on_processor else Batch(batch[0], self.network.resized(batch[1])))
            self.step += 1
            yield len(batch[0])
        self.epoch, self.step = self.epoch + 1, 0

    def _pinned(self, images: NDArray[np.uint8]) -> Tensor:
        return self.network.resized(images).pin_memory()

    def _descend(self, batch: Batch) -> None:
        share = share_of_rate(self.done_steps, self.steps, self.method.warmup_steps)
        for group in self._optimizer.param_groups:
            group["lr"] = group["rate"] * share
        self._optimizer.zero_grad(set_to_none=True)
        U = self.network(batch.images)
        outputs = U.detach().cpu().double().numpy()
        if not np.isfinite(outputs).all():
            raise DivergedError(
                f"{self.method.name}: its outputs are no longer finite in epoch {self.epoch + 1} (allowed: a smaller "
                f"{self.method.name}.backbone_rate or {self.method.name}.learning_rate)"
            )
        gradient = self.loss.gradient(batch.positions, outputs)
        U.backward(torch.from_numpy(gradient).to(U))
        self._optimizer.step()

    @staticmethod
    def _parameters(optimizer: torch.optim.Optimizer) -> list[Tensor]:
        return [each for group in optimizer.param_groups for each in group["params"]]

    def _momentum(self) -> list[Tensor]:
        return [self._optimizer.state[each]["momentum_buffer"] for each in self._parameters(self._optimizer)]

    def state(self) -> dict[str, NDArray[Any]]:
        """Return everything that later steps depend on, as arrays. Rates follow from the number of the step."""
        random = json.dumps(self.loss.random_.bit_generator.state).encode()
        buffer = {} if self.loss.U_ is None else {"U": self.loss.U_}
        return {
            "place": np.array([self.epoch, self.step], np.int64),
            "random": np.frombuffer(random, np.uint8),
            "weights": self.network.weights(),
            "W": flat([self.network.W]),
            "bias": flat([self.network.bias]),
            "momentum": flat(self._momentum()),
            **buffer,
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from a state. Raises InputError if it is that of another network or another number of images."""
        self.network.set_weights(state["weights"])
        fill([self.network.W], state["W"])
        fill([self.network.bias], state["bias"])
        fill(self._momentum(), state["momentum"])
        self.epoch, self.step = (int(each) for each in state["place"])
        self.loss.random_.bit_generator.state = json.loads(state["random"].tobytes())
        if self.loss.U_ is not None:
            if state["U"].shape != self.loss.U_.shape:
                raise InputError(f"the saved outputs have shape {state['U'].shape} (allowed: {self.loss.U_.shape})")
            self.loss.U_[:] = state["U"]

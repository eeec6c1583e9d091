"""The contract of an end-to-end method: a loss on the outputs of a network, and the rates that train it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mihash_bench.batch._single_layer import SingleLayer
from mihash_bench.cost import Cost
from mihash_bench.deep.encoder import NetworkCodes
from mihash_bench.deep.requirement import missing
from mihash_bench.errors import InputError
from mihash_bench.parameters import Constraint, Integer, Parametrised, Real, check

DEEP_CONSTRAINTS: Mapping[str, Constraint] = {
    "layer_epochs": Integer(1),
    "layer_rate": Real(0, above=True),
    "batch_size": Integer(2),
    "learning_rate": Real(0, above=True),
    "backbone_rate": Real(0),
    "weight_decay": Real(0),
    "backbone_decay": Real(0),
    "warmup_steps": Integer(0),
}


class Rates(NamedTuple):
    """The highest learning rates of a training: of the backbone, and of W and the bias of the hash layer."""

    backbone: float
    W: float
    bias: float


class DeepHasher(Parametrised, ABC):
    """Base class of end-to-end methods.

    The outputs of an image are ``u = z W + c``, where z are the features of the backbone minus their mean over the
    training images before training, scaled to unit L2 norm. First W and c are learned on the features of the
    pretrained backbone by the batch method ``layer``; then all weights are learned together by SGD with momentum 0.9.
    The loss is that of the batch method: its gradient with respect to U, in double precision, is what the network
    propagates. A subclass stores its parameters unchanged and implements ``single_layer``. ``rate_points`` is the
    number of training points that the rates are meant for, if the gradient of the loss is divided by that number; the
    rates are then multiplied by n / rate_points.

    Parameters
    ----------
    layer_epochs : number of epochs on the features of the pretrained backbone, before the network is trained.
    layer_rate : learning rate of W in these epochs; it changes over the epochs as in the batch method.
    batch_size : number of training images in each mini-batch.
    learning_rate : highest learning rate of W while the network is trained; it falls to 0 along a cosine.
    backbone_rate : highest learning rate of the backbone, which changes in the same way.
    weight_decay : weight decay of W and of the bias.
    backbone_decay : weight decay of the backbone.
    warmup_steps : number of steps over which the rates rise from 0.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    citation: ClassVar[str]
    cost: ClassVar[Cost | None] = None
    version: ClassVar[int] = 1
    constraints: ClassVar[Mapping[str, Constraint]] = {}
    layer: ClassVar[type[SingleLayer]]
    rate_points: ClassVar[int | None] = None

    n_bits: int
    random_state: Any
    layer_epochs: int
    layer_rate: float
    batch_size: int
    learning_rate: float
    backbone_rate: float
    weight_decay: float
    backbone_decay: float
    warmup_steps: int

    @classmethod
    def missing(cls) -> str:
        """Return which package of an extra is missing and how to install it, or "" if nothing is missing."""
        return missing()

    @abstractmethod
    def single_layer(self) -> SingleLayer:
        """Return the batch method with the loss of this method."""

    def check(self, n_points: int) -> None:
        """Raise InputError if a parameter is not allowed, in general or for this number of training images."""
        check(self.name, self.constraints, self.get_params())
        try:
            self.single_layer().check(n_points, 1)
        except InputError as error:
            raise InputError(str(error).replace("training points", "training images")) from None

    def rates(self, n_points: int) -> Rates:
        """Return the highest rates for this number of training images."""
        scale = 1.0 if self.rate_points is None else n_points / self.rate_points
        return Rates(
            self.backbone_rate * scale, self.learning_rate * scale, self.learning_rate * scale * self.layer.bias_rate
        )

    @classmethod
    def encoder_from(cls, arrays: Mapping[str, NDArray[Any]]) -> NetworkCodes:
        """Return the encoder that the arrays of a run file came from."""
        return NetworkCodes.from_arrays({name: np.asarray(array) for name, array in arrays.items()})

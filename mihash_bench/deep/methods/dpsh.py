"""DPSH through a whole network."""

from collections.abc import Mapping
from typing import Any, ClassVar

from mihash_bench.batch.dpsh import DPSH as SingleLayerDPSH
from mihash_bench.cost import Cost
from mihash_bench.deep.methods.base import DEEP_CONSTRAINTS, DeepHasher
from mihash_bench.parameters import Constraint, Real


class DPSH(DeepHasher):
    """Deep Pairwise-Supervised Hashing (Li, Wang, Kang, IJCAI 2016) through a whole network.

    The loss is that of the batch method: the likelihood of pairwise similarities, and lambda times the distance between
    outputs and their signs. The buffer of outputs of all training images starts with those of the single layer. The
    rate of the bias is a hundredth of that of W.

    Parameters
    ----------
    quantization : weight lambda of the distance between outputs and their signs.
    """

    name = "dpsh"
    title = "DPSH"
    citation = "li2016dpsh"
    version = 3
    cost = Cost(
        "O(n F + n^2 b) an epoch, with F operations of the network",
        "O(N M + N n) for a batch of N images, with M values of the network per image; O(n d) before training",
    )
    layer = SingleLayerDPSH
    constraints: ClassVar[Mapping[str, Constraint]] = {**DEEP_CONSTRAINTS, "quantization": Real(0)}

    def __init__(
        self,
        n_bits: int = 32,
        *,
        quantization: float = 10.0,
        layer_epochs: int = 20,
        layer_rate: float = 200.0,
        batch_size: int = 128,
        learning_rate: float = 10.0,
        backbone_rate: float = 6e-3,
        weight_decay: float = 1e-5,
        backbone_decay: float = 1e-4,
        warmup_steps: int = 20,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.quantization = quantization
        self.layer_epochs = layer_epochs
        self.layer_rate = layer_rate
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.backbone_rate = backbone_rate
        self.weight_decay = weight_decay
        self.backbone_decay = backbone_decay
        self.warmup_steps = warmup_steps
        self.random_state = random_state

    def single_layer(self) -> SingleLayerDPSH:
        """Return batch DPSH with the same loss."""
        return SingleLayerDPSH(
            self.n_bits, quantization=self.quantization, epochs=self.layer_epochs, batch_size=self.batch_size,
            learning_rate=self.layer_rate, weight_decay=self.weight_decay, random_state=self.random_state,
        )  # fmt: skip

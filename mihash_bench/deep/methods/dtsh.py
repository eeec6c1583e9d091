"""DTSH through a whole network."""

from collections.abc import Mapping
from typing import Any, ClassVar

from mihash_bench.batch.dtsh import DTSH as SingleLayerDTSH
from mihash_bench.cost import Cost
from mihash_bench.deep.methods.base import DEEP_CONSTRAINTS, DeepHasher
from mihash_bench.parameters import Constraint, Integer, Real


class DTSH(DeepHasher):
    """Deep Triplet-Supervised Hashing (Wang, Shi, Kitani, ACCV 2016) through a whole network.

    The loss is that of the batch method: the likelihood of triplets, and eta times the distance between outputs and
    their signs. The buffer of outputs of all training images starts with those of the single layer. Because the
    gradient is divided by the number n of training images, while the number of triplets of each image does not depend
    on n, both rates are meant for 5,000 images and are multiplied by n / 5,000. The rate of the bias is a hundredth of
    that of W.

    Parameters
    ----------
    quantization : weight eta of the distance between outputs and their signs.
    n_samples : number of positives, and of negatives, that are drawn for each query and class.
    """

    name = "dtsh"
    title = "DTSH"
    citation = "wang2016dtsh"
    version = 3
    cost = Cost(
        "O(n F + n^2 b + n c s^2) an epoch, with F operations of the network and s samples of each of c classes",
        "O(N M + N n) for a batch of N images, with M values of the network per image; O(n d) before training",
    )
    layer = SingleLayerDTSH
    rate_points = 5_000
    constraints: ClassVar[Mapping[str, Constraint]] = {
        **DEEP_CONSTRAINTS,
        "quantization": Real(0),
        "n_samples": Integer(1),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        quantization: float = 400.0,
        n_samples: int = 50,
        layer_epochs: int = 10,
        layer_rate: float = 10.0,
        batch_size: int = 128,
        learning_rate: float = 0.2,
        backbone_rate: float = 6e-5,
        weight_decay: float = 5e-4,
        backbone_decay: float = 1e-4,
        warmup_steps: int = 20,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.quantization = quantization
        self.n_samples = n_samples
        self.layer_epochs = layer_epochs
        self.layer_rate = layer_rate
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.backbone_rate = backbone_rate
        self.weight_decay = weight_decay
        self.backbone_decay = backbone_decay
        self.warmup_steps = warmup_steps
        self.random_state = random_state

    def single_layer(self) -> SingleLayerDTSH:
        """Return batch DTSH with the same loss."""
        return SingleLayerDTSH(
            self.n_bits, quantization=self.quantization, n_samples=self.n_samples, epochs=self.layer_epochs,
            batch_size=self.batch_size, learning_rate=self.layer_rate, weight_decay=self.weight_decay,
            random_state=self.random_state,
        )  # fmt: skip

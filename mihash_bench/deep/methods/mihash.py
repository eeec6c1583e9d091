"""MIHash through a whole network."""

from collections.abc import Mapping
from typing import Any, ClassVar

from mihash_bench.batch.mihash import MIHash as SingleLayerMIHash
from mihash_bench.cost import Cost
from mihash_bench.deep.methods.base import DEEP_CONSTRAINTS, DeepHasher
from mihash_bench.parameters import Constraint, Integer, Real


class MIHash(DeepHasher):
    """MIHash (Cakir, He, Bargal, Sclaroff, ICCV 2017) through a whole network.

    Each mini-batch of N images descends along the gradient of ``-sum_i I_i / N``, where I_i is the mutual information
    between the relaxed distances from image i to the other images of the batch and their being neighbors of i. The
    rate of the bias is a tenth of that of W.

    Parameters
    ----------
    n_bins : number K of bins of the histograms of distances.
    sigmoid_scale : scale A of the relaxed bits; the larger it is, the closer they are to 0 and 1.
    """

    name = "mihash"
    title = "MIHash"
    citation = "cakir2017mihash"
    version = 2
    cost = Cost(
        "O(n F + n N (b + K)) an epoch, with F operations of the network and batches of N images and K bins",
        "O(N M + N^2 K) for a batch, with M values of the network per image; O(n d) for the features before training",
    )
    layer = SingleLayerMIHash
    constraints: ClassVar[Mapping[str, Constraint]] = {
        **DEEP_CONSTRAINTS,
        "n_bins": Integer(1, 4096),
        "sigmoid_scale": Real(0, above=True),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        n_bins: int = 16,
        sigmoid_scale: float = 40.0,
        layer_epochs: int = 5,
        layer_rate: float = 0.1,
        batch_size: int = 100,
        learning_rate: float = 0.05,
        backbone_rate: float = 3e-3,
        weight_decay: float = 5e-4,
        backbone_decay: float = 1e-4,
        warmup_steps: int = 20,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.n_bins = n_bins
        self.sigmoid_scale = sigmoid_scale
        self.layer_epochs = layer_epochs
        self.layer_rate = layer_rate
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.backbone_rate = backbone_rate
        self.weight_decay = weight_decay
        self.backbone_decay = backbone_decay
        self.warmup_steps = warmup_steps
        self.random_state = random_state

    def single_layer(self) -> SingleLayerMIHash:
        """Return batch MIHash with the same loss."""
        return SingleLayerMIHash(
            self.n_bits, n_bins=self.n_bins, sigmoid_scale=self.sigmoid_scale, epochs=self.layer_epochs,
            batch_size=self.batch_size, learning_rate=self.layer_rate, weight_decay=self.weight_decay,
            random_state=self.random_state,
        )  # fmt: skip

"""Options and config of Setting 2. An option reaches a run only through ``plan`` in ``_deep_plan.py``."""

from dataclasses import dataclass
from typing import ClassVar

from mihash_bench.experiment.config import Config, Parameters, added
from mihash_bench.experiment.options import Options, Text, option
from mihash_bench.parameters import Choice, Integer

DEVICES = ("cpu", "cuda")
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True, kw_only=True)
class DeepOptions(Options):
    """The options of Setting 2. pixels: None for the default of the backbone. training: None for all images."""

    must_agree = (
        "checkpoints", "seed", "split", "backbone", "pixels", "epochs", "queries", "training", "database", "held_out",
        "device", "precision",
    )  # fmt: skip

    dataset: tuple[str, ...] = option(("cifar10-images",), Text("the name of a dataset"), "Datasets.", many=True)
    method: tuple[str, ...] = option(("mihash", "dpsh", "dtsh"), Text("the name of a method"), "Methods.", many=True)
    checkpoints: int = option(
        2, Integer(1),
        "Maximum number of epochs after which metrics are computed on the queries; the first is before training, and "
        "the last is the last epoch.",
    )  # fmt: skip
    backbone: tuple[str, ...] = option(
        ("efficientnet-lite0",), Text("the name of a backbone"), "Networks that are trained.", many=True, swept=True
    )
    pixels: int | None = option(
        None, Integer(1), "Side of the images that the network gets.", default_is="that of the backbone"
    )
    epochs: int = option(10, Integer(0), "Number of epochs of the whole network; 0 is the single layer alone.")
    queries: int = option(1000, Integer(1), "Number of queries of each class, drawn from all images.")
    training: int | None = option(
        None, Integer(2), "Number of training images of each class.", default_is="all that are no queries"
    )
    database: str = option(
        "all", Choice(("all", "unseen")),
        "all: the database is all images that are no queries. unseen: it is only those that are no training images.",
    )  # fmt: skip
    held_out: int = option(
        50, Integer(0),
        "Number of training images of each class on which loss and mAP are measured after each epoch instead of "
        "learning from them.",
    )  # fmt: skip
    device: str = option("cpu", Choice(DEVICES), "Where networks compute. cuda: on an NVIDIA GPU.")
    precision: str = option(
        "float32", Choice(PRECISIONS), "Precision of the backbone. bfloat16: mixed precision, only for --device cuda."
    )


@dataclass(frozen=True, kw_only=True)
class DeepConfig(Config):
    """Every value that changes the result of one run of Setting 2.

    trial: selects the training images, their order and the flips. weights: SHA-256 of the backbone's weights. torch:
    the version of PyTorch. training: None for all images that are no queries. backbone_parameters: those that differ
    from the defaults of the backbone.
    """

    trigger: ClassVar[str] = "off"

    backbone: str
    backbone_version: int
    weights: str
    pixels: int
    epochs: int
    queries: int
    training: int | None
    database: str
    held_out: int
    device: str
    precision: str
    torch: str
    backbone_parameters: Parameters = added(())  # noqa: RUF009 - a field with metadata

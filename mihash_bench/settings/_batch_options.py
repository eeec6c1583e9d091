"""Options and config of the batch settings."""

from dataclasses import dataclass
from typing import ClassVar

from mihash_bench.experiment.config import Config
from mihash_bench.experiment.options import Options, Text, option


@dataclass(frozen=True, kw_only=True)
class BatchOptions(Options):
    """The options of a batch setting, which has no stream and no trigger."""

    method: tuple[str, ...] = option(
        ("shk", "sdh", "dpsh", "dtsh", "mihash"), Text("the name of a method"), "Methods.", many=True
    )


@dataclass(frozen=True, kw_only=True)
class BatchConfig(Config):
    """Every value that changes the result of one run of a batch setting.

    trial: which training points are drawn. checkpoints: the maximum number of epochs after which codes are measured.
    """

    trigger: ClassVar[str] = "off"

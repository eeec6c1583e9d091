"""Options and config of the batch settings. An option reaches a run only through ``plan`` in ``_batch_run.py``."""

from dataclasses import dataclass
from typing import ClassVar

from mihash_bench.experiment.config import Config
from mihash_bench.experiment.options import Options, Text, option
from mihash_bench.parameters import Integer


@dataclass(frozen=True, kw_only=True)
class BatchOptions(Options):
    """The options of a batch setting, which has neither stream nor trigger."""

    method: tuple[str, ...] = option(
        ("shk", "sdh", "dpsh", "dtsh", "mihash"), Text("the name of a method"), "Methods.", many=True
    )
    # Evaluating a checkpoint takes as long as an epoch of most methods; 11 are whole numbers of epochs apart.
    checkpoints: int = option(
        11, Integer(1), "Maximum number of epochs after which metrics are computed, equally spaced from 0 to the last."
    )


@dataclass(frozen=True, kw_only=True)
class BatchConfig(Config):
    """Every value that changes the result of one run of a batch setting.

    trial: selects the training points. checkpoints: the maximum number of epochs after which codes are evaluated.
    """

    trigger: ClassVar[str] = "off"

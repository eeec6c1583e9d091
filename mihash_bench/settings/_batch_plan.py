"""Planning the runs of the batch settings. All random numbers are drawn by name."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from mihash_bench.batch.base import BatchHasher
from mihash_bench.datasets.base import Dataset, DatasetSource
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import resolved
from mihash_bench.experiment.seeds import seed_sequence
from mihash_bench.experiment.training_points import BatchSplit
from mihash_bench.registry import BATCH_METHODS
from mihash_bench.settings._batch_options import BatchConfig, BatchOptions
from mihash_bench.settings._check_metrics import check_metrics
from mihash_bench.settings.base import Planned, Setting, Variant


def plan(
    setting: Setting,
    options: BatchOptions,
    source: DatasetSource,
    dataset: Dataset,
    variants: Sequence[Variant],
    split: BatchSplit,
) -> Iterator[Planned]:
    """Yield the runs on one dataset; see ``Setting.plan``. split: that of any trial."""
    check_metrics(options, len(split.database))
    for method, parameters in variants:
        for bits, trial in product(options.bits, options.trial_numbers):
            _check(method(bits, **parameters), len(split.training), dataset)
            config = setting.config_of(options, source, (method, parameters), bits, trial)
            yield Planned(config, setting.protocol(config), method.missing() and f"{method.name}: {method.missing()}")


def _check(method: BatchHasher, n_training: int, dataset: Dataset) -> None:
    try:
        method.check(n_training, dataset.features.shape[1])
    except InputError as error:
        raise InputError(f"--set {error}") from None


def make_method(config: BatchConfig) -> BatchHasher:
    """Create the method of a run."""
    names = (config.setting, config.dataset, config.method, config.bits, config.trial)
    method: Any = BATCH_METHODS.get(config.method)
    parameters = resolved(method, config.method_parameters)
    made: BatchHasher = method(config.bits, random_state=seed_sequence(config.seed, "method", *names), **parameters)
    return made

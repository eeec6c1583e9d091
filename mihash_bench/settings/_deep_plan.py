"""Planning the runs of Setting 2."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import Dataset, DatasetSource
from mihash_bench.deep.backbones.base import Backbone
from mihash_bench.deep.requirement import require
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Parameters, canonical
from mihash_bench.experiment.parameter_grid import ParameterGrid
from mihash_bench.experiment.seeds import generator
from mihash_bench.experiment.training_points import BatchSplit, class_labels, draw_image_split
from mihash_bench.registry import BACKBONES
from mihash_bench.settings._check_metrics import check_metrics
from mihash_bench.settings._deep_options import DeepConfig, DeepOptions
from mihash_bench.settings.base import Planned, Setting, Variant

# The fewest held-out images of a class: one on each side of a comparison.
FEWEST_HELD_OUT = 2


@dataclass(frozen=True)
class DeepSplit:
    """Row numbers: queries, database in database order, training images, and those held out of the training set."""

    queries: NDArray[np.int64]
    database: NDArray[np.int64]
    training: NDArray[np.int64]
    held_out: NDArray[np.int64]


def draw_deep_split(
    dataset: Dataset, options: DeepOptions | DeepConfig, trial: int, split_trial: int | None = None
) -> DeepSplit:
    """Draw the images of a trial.

    Queries and training set are those of ``draw_image_split``. Of the training set, ``held_out`` images of each class
    are not learned from; they stay in the database unless that is ``unseen``, which leaves the whole training set out.
    Raises InputError, naming the option, if there are too few images.
    """
    if dataset.labels is not None:
        _check_enough(options, int(np.bincount(class_labels(dataset)).min()))
    split = draw_image_split(dataset, options.seed, trial, options.queries, options.training, split_trial)
    database = split.database
    if options.database == "unseen":
        database = database[~np.isin(database, split.training)]
        if len(database) < 2:
            raise InputError("--database: unseen leaves no image (allowed: all, or a smaller --training)")
    training, held_out = _held_out(dataset, options, split, trial)
    return DeepSplit(split.queries, database, training, held_out)


def _check_enough(options: DeepOptions | DeepConfig, images: int) -> None:
    """Check the numbers against those of the smallest class."""
    if options.queries >= images:
        raise InputError(
            f"--queries: {options.queries} (allowed: fewer than the {images} images of the smallest class)"
        )
    left = images - options.queries
    if options.training is not None and options.training > left:
        raise InputError(f"--training: {options.training} (allowed: at most {left}, the images that are no queries)")
    most = (left if options.training is None else options.training) - 1
    if options.held_out > most or 0 < options.held_out < FEWEST_HELD_OUT:
        raise InputError(f"--held-out: {options.held_out} (allowed: 0, or {FEWEST_HELD_OUT} to {most})")


def _held_out(
    dataset: Dataset, options: DeepOptions | DeepConfig, split: BatchSplit, trial: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows that are learned from, in file order, and those held out, by class."""
    labels, rng = class_labels(dataset), generator(options.seed, "held out", dataset.name, trial)
    rows = np.sort(split.training)
    if options.held_out == 0:
        return rows, rows[:0]
    of_class = [rng.choice(rows[labels[rows] == label], options.held_out, replace=False) for label in np.unique(labels)]
    held_out = np.concatenate(of_class)
    return rows[~np.isin(rows, held_out)], held_out


def plan(
    setting: Setting, options: DeepOptions, source: DatasetSource, dataset: Dataset, variants: Sequence[Variant]
) -> Iterator[Planned]:
    """Yield the runs on one dataset; see ``Setting.plan``."""
    split = draw_deep_split(dataset, options, 0)
    check_metrics(options, len(split.database))
    for (method, parameters), network in product(variants, _networks(options)):
        about = _network(options, network, dataset)
        usual = {"pixels": network[0].pixels.default}
        for bits, trial in product(options.bits, options.trial_numbers):
            _check(method(bits, **parameters), len(split.training))
            config = setting.config_of(
                options, source, (method, parameters), bits, trial, **about, epochs=options.epochs,
                queries=options.queries, training=options.training, database=options.database,
                held_out=options.held_out, device=options.device, precision=options.precision, torch=torch_version(),
            )  # fmt: skip
            yield Planned(config, setting.protocol(config, **usual))


def _networks(options: DeepOptions) -> list[Variant]:
    """Return each backbone with each combination of its parameters."""
    backbones = {name: BACKBONES.get(name) for name in options.backbone}
    return ParameterGrid.of(options.set, backbones)


def _network(options: DeepOptions, network: Variant, dataset: Dataset) -> dict[str, Any]:
    """Return the values of the config that describe the network. Raises InputError if it cannot be had."""
    backbone, parameters = network
    if said := backbone.missing():
        raise InputError(f"--backbone: {backbone.name}: {said}")
    given = canonical(backbone, parameters)
    return {
        "backbone": backbone.name,
        "backbone_version": backbone.version,
        "backbone_parameters": given,
        "weights": _digest(backbone, given, dataset.data_dir),
        "pixels": backbone.check_side(options.pixels),
    }


@cache
def _digest(backbone: type[Backbone], parameters: Parameters, data_dir: Path) -> str:
    return backbone(**dict(parameters)).weights_digest(data_dir)


def _check(method: Any, n_training: int) -> None:
    try:
        method.check(n_training)
    except InputError as error:
        raise InputError(f"--set {error}") from None


def check_device(options: DeepOptions) -> None:
    """Raise InputError, naming the option, if PyTorch is missing or cannot compute as asked for."""
    require("--setting")
    from mihash_bench.deep.computing import check_there

    if options.precision != "float32" and options.device == "cpu":
        raise InputError(f"--precision: {options.precision} is not possible with --device cpu (allowed: float32)")
    check_there(options.device)


def torch_version() -> str:
    """Return the version of PyTorch without the name of its build, which ``device`` stands for."""
    return version("torch").partition("+")[0]

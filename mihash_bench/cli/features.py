"""``mihash-bench features``: features of images, made by a network."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.cli.options import EachOptionOnce, Named, cache_dir_option, data_dir_option, plugin_option
from mihash_bench.cli.printing import say

if TYPE_CHECKING:
    from mihash_bench.deep.backbones.base import Backbone

CIFAR10_FILE = "CIFAR10_VGG16_fc7.mat"
# Without a terminal, a line of progress is printed after so many seconds.
LINE_SECONDS = 30.0
EXAMPLES = f"""
\b
Examples:
  mihash-bench features --backbone efficientnet-lite0 --dataset cifar10-images --pixels 128 -o lite0/{CIFAR10_FILE}
  mihash-bench run --dataset cifar10 --data-dir lite0
  mihash-bench features --backbone efficientnet-lite0 --dataset mine -o mine.h5
"""


@click.command(cls=EachOptionOnce, epilog=EXAMPLES)
@click.option(
    "--backbone", required=True, metavar="NAME", shell_complete=COMPLETIONS["backbone"],
    help="The network: efficientnet-lite0, vgg-f, small, or one of a plug-in.",
)  # fmt: skip
@click.option(
    "--dataset", required=True, metavar="NAME", shell_complete=COMPLETIONS["dataset"],
    help="A dataset of images: cifar10-images, or image folders that were imported.",
)  # fmt: skip
@click.option("--pixels", type=click.IntRange(1), help="Side to which images are scaled.  [default: the backbone's]")
@click.option(
    "-o", "--output", required=True, type=Named("file"),
    help="The feature file. A name ending in .mat has the authors' layout, one ending in .h5 is for `datasets import`.",
)  # fmt: skip
@click.option(
    "--set", "parameters", multiple=True, metavar="BACKBONE.PARAMETER=VALUE", shell_complete=COMPLETIONS["set"],
    help="A parameter of the backbone; may be repeated.",
)  # fmt: skip
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Number of threads.")
@click.option("--replace", is_flag=True, help="Replace a file that has other features.")
@data_dir_option
@cache_dir_option
@plugin_option
def features(
    backbone: str, dataset: str, output: Path, parameters: tuple[str, ...], data_dir: Path, cache_dir: Path | None,
    pixels: int | None, threads: int, replace: bool,
) -> None:  # fmt: skip
    """Turn images into features of a named network, for experiments with features.

    An extraction that was interrupted or killed goes on where it was, and the file is the same, bit for bit. The file
    contains its recipe: digests of images and weights, pixels, and the version of PyTorch.
    """
    from mihash_bench.deep.requirement import require

    require("--backbone")
    from mihash_bench.datasets.base import default_cache_dir
    from mihash_bench.deep.extracting import Extraction
    from mihash_bench.own_data.known import dataset_class

    network = _backbone(backbone, parameters)
    images = dataset_class(dataset, data_dir)().load(data_dir, cache_dir or default_cache_dir())
    extraction = Extraction(network, images, output, data_dir, pixels, _checked_threads(threads), replace)
    with _progress() as report:
        recipe = extraction.run(report)
    say(f"{output}: {recipe.images:,} rows of {recipe.n_features:,} features, recipe {recipe.digest[:16]}. Next:")
    say(f"  mihash-bench {_next(output)}")


def _backbone(name: str, texts: tuple[str, ...]) -> "Backbone":
    from mihash_bench.errors import InputError
    from mihash_bench.parameters import parse
    from mihash_bench.registry import BACKBONES

    found: Any = BACKBONES.get(name)
    parameters = {}
    for text in texts:
        owner, dot, rest = text.partition(".")
        parameter, equals, value = rest.partition("=")
        if owner != name or not dot or not equals:
            raise InputError(f"--set {text}: is not allowed (allowed: {name}.PARAMETER=VALUE)")
        parameters[parameter] = parse(name, found.constraints, parameter, value)
    made: Backbone = found(**parameters)
    return made


def _checked_threads(threads: int) -> int:
    from joblib import cpu_count

    from mihash_bench.errors import InputError

    if threads > cpu_count():
        raise InputError(f"--threads: {threads} (allowed: at most the number of cores, {cpu_count()})")
    return threads


def _next(output: Path) -> str:
    if output.name == CIFAR10_FILE:
        return f"run --dataset cifar10 --data-dir {output.parent}"
    if output.suffix == ".mat":
        return f"run --dataset cifar10 --data-dir DIR, once it is named {CIFAR10_FILE} in a folder DIR"
    return f"datasets import {output} --array features --label-column labels --name NAME"


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Yield what is told the number of images that are done, and shows it with images a second and the time left."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console()
    if not console.is_terminal:
        yield _Lines()
        return
    speed = TextColumn("{task.fields[speed]}", markup=False)
    with Progress(BarColumn(), MofNCompleteColumn(), speed, TimeRemainingColumn(), console=console) as progress:
        bar = progress.add_task("", total=None, speed="")
        measured = _Speed()

        def show(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total, speed=f"{measured.at(done):,.0f} images/s")

        yield show


class _Speed:
    """Images a second since the first report, so that images of an earlier extraction do not count."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def at(self, done: int) -> float:
        now = time.monotonic()
        if self._first is None:
            self._first = now, done
        began, before = self._first
        return (done - before) / (now - began) if now > began else 0.0


class _Lines:
    """Prints a line of progress now and then."""

    def __init__(self) -> None:
        self._speed, self._last = _Speed(), time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Print a line if the last one is long ago."""
        speed = self._speed.at(done)
        if time.monotonic() - self._last >= LINE_SECONDS and speed > 0:
            self._last = time.monotonic()
            left = (total - done) / speed
            say(f"{done:,} of {total:,} images, {speed:,.0f} images/s, {left / 60:.1f} minutes left")

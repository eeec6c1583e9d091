"""``mihash-bench datasets``: listing datasets, showing the files that they need, and preparing them."""

from pathlib import Path
from typing import Any

import click

from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.cli.importing import import_, remove, verify
from mihash_bench.cli.options import cache_dir_option, data_dir_option, plugin_option
from mihash_bench.cli.printing import say


@click.group()
def datasets() -> None:
    """List datasets, show which files they need, and prepare them before a sweep."""


@datasets.command("list", epilog="\b\nExample:\n  mihash-bench datasets list\n")
@data_dir_option
@plugin_option
def list_datasets(data_dir: Path) -> None:
    """List the datasets and whether their files are present."""
    from mihash_bench.errors import InputError
    from mihash_bench.own_data.known import dataset_class
    from mihash_bench.own_data.place import own_files
    from mihash_bench.registry import DATASETS

    for name in DATASETS.names():
        source = DATASETS.get(name)
        say(f"{name}: {source.title} ({_state(source, data_dir)})")
    for name, path in own_files(data_dir).items():
        try:
            say(f"{name}: {dataset_class(name, data_dir).title} (imported, {path})")
        except InputError as error:
            say(error)


def _state(source: Any, data_dir: Path) -> str:
    if not source.files:
        return "no file needed"
    if source.is_present(data_dir):
        return "present"
    missing = [file.name for file in source.files if not (data_dir / file.name).is_file()]
    # Where the files are forms of the same data, one of them is enough.
    link = " or " if source.any_file else ", "
    return f"missing {link.join(missing)} in {data_dir}"


@datasets.command(epilog="\b\nExample:\n  mihash-bench datasets info cifar10\n")
@click.argument("name", shell_complete=COMPLETIONS["dataset"])
@data_dir_option
@plugin_option
def info(name: str, data_dir: Path) -> None:
    """Describe a dataset: content, parameters, the files it needs, where they are published, and BibTeX."""
    from mihash_bench.about.datasets import dataset_page
    from mihash_bench.own_data.known import dataset_class

    click.echo(dataset_page(dataset_class(name, data_dir, "NAME")))


@datasets.command(epilog="\b\nExample:\n  mihash-bench datasets prepare cifar10 --data-dir datasets\n")
@click.argument("name", shell_complete=COMPLETIONS["dataset"])
@data_dir_option
@cache_dir_option
def prepare(name: str, data_dir: Path, cache_dir: Path | None) -> None:
    """Prepare a dataset in the cache, as its first run would."""
    from mihash_bench.datasets.base import default_cache_dir
    from mihash_bench.own_data.known import dataset_class

    source = dataset_class(name, data_dir, "NAME")
    dataset = source().load(data_dir, cache_dir or default_cache_dir())
    rows, *shape = dataset.features.shape
    what = f"images of {shape[0]} x {shape[1]} pixels" if dataset.has_images else f"rows of {shape[0]} features"
    labels = "no labels" if dataset.labels is None else "labels"
    say(f"{name}: {rows} {what}, {labels}, in {cache_dir or default_cache_dir()}")
    if origin := source.origin(data_dir):
        say(f"{name}: {origin}")


for verb in (import_, verify, remove):
    datasets.add_command(verb)

"""BibTeX of everything that the runs of a results folder used."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.about.citations import bibtex, unknown_keys
from mihash_bench.about.pages import citation_of
from mihash_bench.errors import InputError
from mihash_bench.metrics.base import parse_metric
from mihash_bench.own_data.known import dataset_class
from mihash_bench.registry import SETTINGS


def bibtex_of_runs(runs: pd.DataFrame, data_dir: Path, complain: Callable[[str], None]) -> list[str]:
    """Return the BibTeX of the methods, datasets and metrics of runs, each entry once.

    runs: one row for each run, with setting, method, dataset and metrics. data_dir: the folder below which imported
    datasets are looked for. complain: is given one line for each class
    that is not known here, that cites nothing, or whose citation has no BibTeX.
    """
    citations = []
    for what, find in _used(runs, data_dir):
        try:
            citation = citation_of(find())
        except InputError:
            complain(f"no BibTeX: {what}: it is not known here (--plugin names your own classes, --data-dir your data)")
            continue
        citations.append(citation)
        if not citation:
            complain(f"no BibTeX: {what}: its class has no citation")
        for key in unknown_keys(citation):
            complain(f"no BibTeX: {what}: its class cites {key} without a BibTeX entry")
    return bibtex(citations)


def _method(setting: str, name: str) -> Any:
    return SETTINGS.get(setting).methods.get(name)


def _family(spec: str) -> Any:
    return type(parse_metric(spec))


def _used(runs: pd.DataFrame, data_dir: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what runs used, each with the function that finds its class."""
    for setting, method in runs[["setting", "method"]].drop_duplicates().itertuples(index=False):
        yield f"method {method} of {setting}", partial(_method, setting, method)
    for dataset in runs["dataset"].drop_duplicates():
        yield f"dataset {dataset}", partial(dataset_class, dataset, data_dir)
    for spec in dict.fromkeys(spec for text in runs["metrics"] for spec in text.split(",") if spec):
        yield f"metric {spec}", partial(_family, spec)

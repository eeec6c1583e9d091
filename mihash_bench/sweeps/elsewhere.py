"""The data of a run on another machine than that of its sweep."""

import os
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from mihash_bench.datasets.base import default_cache_dir
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config, Parameters, resolved
from mihash_bench.own_data.known import dataset_class, file_of

# Variables of a worker's environment that name its folders.
DATA_DIR, CACHE_DIR = "MIHASH_BENCH_DATA_DIR", "MIHASH_BENCH_CACHE_DIR"


class Place(NamedTuple):
    """Where the data of a run are on this machine. imported: the file of an imported dataset; None for others."""

    data_dir: Path
    cache_dir: Path
    imported: Path | None


def place_here(config: Config, digest: str, data_dir: Path, cache_dir: Path) -> Place:
    """Return where the data of a run are on this machine. They are prepared, if they are not yet.

    digest: that of the dataset. data_dir, cache_dir: the folders on the machine of the sweep, which are used if they
    are here, too, and no variable of the environment names others. Raises InputError if the data are missing or others.
    """
    own_data = Path(os.environ.get(DATA_DIR) or data_dir)
    named = os.environ.get(CACHE_DIR)
    own_cache = Path(named) if named else cache_dir if cache_dir.is_dir() else default_cache_dir()
    imported, found = _prepared(config.dataset, config.dataset_parameters, own_data, own_cache)
    if found != digest:
        raise InputError(f"{DATA_DIR}: {own_data} has other data of {config.dataset} than the sweep")
    return Place(own_data, own_cache, imported)


@lru_cache(maxsize=32)
def _prepared(name: str, parameters: Parameters, data_dir: Path, cache_dir: Path) -> tuple[Path | None, str]:
    """Prepare a dataset, once in each cache, and return the file of an imported one and the digest."""
    source_class = dataset_class(name, data_dir)
    source = source_class(**resolved(source_class, parameters))
    digest: str = source.load(data_dir, cache_dir, verify=True).digest
    return file_of(source_class), digest

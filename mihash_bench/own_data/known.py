"""Finding a dataset by name: those of this package and of plug-ins, and those that the user has imported."""

from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError, near_miss, shown, unknown
from mihash_bench.own_data.place import own_files
from mihash_bench.own_data.source import Imported, class_of_file
from mihash_bench.registry import DATASETS

MORE = f"{DATASETS.more}, or imported from your files with `mihash-bench datasets import`"


def dataset_class(name: str, data_dir: Path, option: str = "--dataset") -> Any:
    """Return the class of a dataset.

    data_dir: the folder below which imported datasets are looked for first. option: what errors name. Raises InputError
    if there is no such dataset, if a plug-in and an imported dataset have this name, or if the file of an imported
    dataset is damaged.
    """
    imported = own_files(data_dir).get(name)
    if name not in DATASETS.names():
        if imported is None:
            raise unknown(option, name, dataset_names(data_dir), MORE)
        return class_of_file(imported)
    if imported is not None and not DATASETS.is_built_in(name):
        raise InputError(f"{option}: {name!r} is a dataset of a plug-in and also imported, {imported} (allowed: one)")
    return DATASETS.get(name)


def dataset_names(data_dir: Path) -> list[str]:
    """Return the names of all datasets in alphabetical order."""
    return sorted({*DATASETS.names(), *own_files(data_dir)})


def imported_file(name: str, data_dir: Path) -> Path:
    """Return the file of an imported dataset, which may be damaged. Raises InputError if none has this name."""
    files = own_files(data_dir)
    if name not in files:
        raise InputError(
            f"NAME: {shown(name)} is no imported dataset{near_miss(name, list(files))} (allowed: "
            f"{', '.join(files) or 'nothing, because none was imported'})"
        )
    return files[name]


def file_of(source_class: Any) -> Path | None:
    """Return the file of an imported dataset, from which another process can make its class, and None for others."""
    return source_class.path if issubclass(source_class, Imported) else None

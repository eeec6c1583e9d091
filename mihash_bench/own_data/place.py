"""Where imported datasets are kept: below ``--data-dir``, or in the user's data folder."""

from pathlib import Path

import platformdirs

from mihash_bench.registry import SAFE_NAME

FOLDER, SUFFIX = "imported", ".h5"


def user_folder() -> Path:
    """Return the folder for imported datasets in the user's data folder."""
    return Path(platformdirs.user_data_dir("mihash-bench")) / FOLDER


def folder_of(data_dir: Path | None) -> Path:
    """Return the folder for imported datasets below ``data_dir``, or that of the user if it is None."""
    return user_folder() if data_dir is None else data_dir / FOLDER


def path_in(folder: Path, name: str) -> Path:
    """Return the file of the dataset with this name in a folder for imported datasets."""
    return folder / f"{name}{SUFFIX}"


def own_files(data_dir: Path) -> dict[str, Path]:
    """Return the files of all imported datasets by name.

    Of two with the same name, the one below ``data_dir`` counts.
    """
    found: dict[str, Path] = {}
    for folder in (user_folder(), folder_of(data_dir)):
        # Each name is looked up again for every call, so a dataset that was just imported or removed is seen.
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            if SAFE_NAME.fullmatch(path.stem):
                found[path.stem] = path
    return found

"""The paths of files in a results folder."""

import os
import stat
from errno import ELOOP
from pathlib import Path
from tempfile import TemporaryDirectory

from mihash_bench.errors import InputError


def run_path(
    results: Path, *, setting: str, dataset: str, method: str, bits: int, trigger: str, trial: int, key: str
) -> Path:
    """Return ``runs/<setting>/<dataset>/<method>/<bits>b-<trigger>-t<trial>-<key8>.h5``."""
    name = f"{bits}b-{trigger}-t{trial}-{key[:8]}.h5"
    return results.joinpath("runs", setting, dataset, method, name)


def run_paths(results: Path) -> tuple[list[Path], list[str]]:
    """Return the run files in a results folder, sorted by path, and one line for each folder that cannot be read.

    Links to folders are followed. Hidden files and folders are not looked at. Raises InputError if there is no such
    results folder.
    """
    check_is_folder(results)
    paths: list[Path] = []
    complaints: list[str] = []
    if _exists(results / "runs", complaints):
        _walk(results / "runs", paths, complaints, ())
    return paths, complaints


def check_is_folder(results: Path, name: str = "RESULTS") -> None:
    """Raise InputError if there is no such results folder. name: the argument that names it."""
    if results.is_file():
        raise InputError(f"{name}: {results} is a file (allowed: a results folder)")
    if not results.is_dir():
        raise InputError(f"{name}: there is no folder {results} (`mihash-bench run -o {results}` creates it)")


def _exists(path: Path, complaints: list[str]) -> bool:
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError as error:
        complaints.append(f"{path}: cannot be read ({error.strerror})")
        return False
    return True


def _walk(folder: Path, paths: list[Path], complaints: list[str], above: tuple[tuple[int, int], ...]) -> None:
    """Add what is below a folder, sorted by path. above: the folders that lead to it; no link may lead back there."""
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in above:
            raise OSError(ELOOP, os.strerror(ELOOP))
        with os.scandir(folder) as found:
            names = sorted(entry.name for entry in found if not entry.name.startswith("."))
    except OSError as error:
        complaints.append(f"{folder}: cannot be read ({error.strerror})")
        return
    for path in (folder / name for name in names):
        # A folder with the name of a run file is named as one that cannot be used.
        if path.name.endswith(".h5"):
            paths.append(path)
        elif _may_be_folder(path):
            _walk(path, paths, complaints, (*above, (status.st_dev, status.st_ino)))


def _may_be_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:  # a link that leads nowhere, or a file that was just removed
        return False
    except OSError:  # reading it says why
        return True


def lock_path(results: Path, key: str) -> Path:
    """Return the lock file of one run."""
    return results / "runs" / ".locks" / f"{key[:16]}.lock"


def derived_path(results: Path) -> Path:
    """Return the file that keeps values computed from the runs."""
    return results / "runs" / ".derived"


def lock_paths(results: Path) -> list[Path]:
    """Return the lock files of all runs that were ever performed in a results folder."""
    return sorted((results / "runs" / ".locks").glob("*.lock"))


def check_writable(results: Path) -> None:
    """Raise InputError, naming ``-o``, if the results folder cannot be written to. The check leaves nothing behind."""
    runs = results / "runs"
    nearest = next(folder for folder in (runs, *runs.parents) if folder.exists())
    if not nearest.is_dir():
        raise InputError(f"-o: {nearest} is not a folder (allowed: a results folder, or a name for a new one)")
    try:
        with TemporaryDirectory(dir=nearest, prefix=".writable-"):
            pass
    except OSError as error:
        raise InputError(f"-o: cannot write to {results} ({error.strerror})") from None

"""The paths of files in a results folder."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from mihash_bench.errors import InputError


def run_path(
    results: Path, *, setting: str, dataset: str, method: str, bits: int, trigger: str, trial: int, key: str
) -> Path:
    """Return ``runs/<setting>/<dataset>/<method>/<bits>b-<trigger>-t<trial>-<key8>.h5``."""
    name = f"{bits}b-{trigger}-t{trial}-{key[:8]}.h5"
    return results / "runs" / setting / dataset / method / name


def run_paths(results: Path) -> Iterator[Path]:
    """Yield the run files in a results folder, sorted by path. Raises InputError if there is no such folder."""
    if results.is_file():
        raise InputError(f"RESULTS: {results} is a file (allowed: a results folder)")
    if not results.is_dir():
        raise InputError(f"RESULTS: there is no folder {results} (`mihash-bench run -o {results}` creates it)")
    for path in sorted((results / "runs").rglob("*.h5")):
        if not path.name.startswith("."):
            yield path


def lock_path(results: Path, key: str) -> Path:
    """Return the lock file of one run."""
    return results / "runs" / ".locks" / f"{key[:16]}.lock"


def check_writable(results: Path) -> None:
    """Raise InputError, naming ``-o``, if the results folder cannot be written to. The check leaves nothing behind."""
    runs = results / "runs"
    nearest = next(folder for folder in (runs, *runs.parents) if folder.exists())
    try:
        with TemporaryDirectory(dir=nearest, prefix=".writable-"):
            pass
    except OSError as error:
        raise InputError(f"-o: cannot write to {results} ({error.strerror})") from None

"""Writing several files that belong together: none appears before all are complete."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from mihash_bench.errors import InputError


def write_together(folder: Path, render: Callable[[Path], list[Path]]) -> list[Path]:
    """Let ``render`` write files into a temporary folder, move them to ``folder``, and return their paths.

    Each file is complete when it appears, and none appears before all are written. Raises InputError, naming ``-o``,
    if the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".report-") as workshop:
            return [path.replace(folder / path.name) for path in render(Path(workshop))]
    except OSError as error:
        raise InputError(f"-o: cannot write to {folder} ({error.strerror})") from None

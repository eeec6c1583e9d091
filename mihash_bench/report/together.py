"""Several files that belong together: none is there before all are made."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from mihash_bench.errors import InputError


def write_together(folder: Path, render: Callable[[Path], list[Path]]) -> list[Path]:
    """Let ``render`` make files in a folder of its own, then move them to ``folder``, and return their paths.

    Each file is complete when it has its name, and none has it before all are made. Raises InputError, naming
    ``-o``, when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".report-") as workshop:
            return [path.replace(folder / path.name) for path in render(Path(workshop))]
    except OSError as error:
        raise InputError(f"-o: cannot write to {folder} ({error.strerror})") from None

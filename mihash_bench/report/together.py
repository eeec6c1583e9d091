"""Writing several files that belong together: none appears before all are complete."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from mihash_bench.errors import InputError
from mihash_bench.store.output_file import check_replaceable, make_folder, move_to


def write_together(folder: Path, render: Callable[[Path], list[Path]], option: str = "-o") -> list[Path]:
    """Let ``render`` write files into a temporary folder, move them to ``folder``, and return their paths.

    Each file is complete when it appears, and none appears before all are written. Existing links are followed. Raises
    InputError, naming the option, if the folder cannot be written or if a folder is in the place of a file.
    """
    try:
        make_folder(folder)
        with TemporaryDirectory(dir=folder, prefix=".report-") as workshop:
            paths = render(Path(workshop))
            for path in paths:
                check_replaceable(folder / path.name)
            return [move_to(folder / path.name, path) for path in paths]
    except IsADirectoryError as error:
        raise InputError(f"{option}: {error.filename} is a folder (allowed: a file of that name, or none)") from None
    except OSError as error:
        raise InputError(f"{option}: cannot write to {folder} ({error.strerror})") from None

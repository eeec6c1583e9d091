"""Making sure that written data has reached the disk."""

import os
from pathlib import Path


def flush(path: Path) -> None:
    """Wait until the content of a file or the entries of a folder have reached the disk (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Small MATLAB files of all versions."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io

A = np.random.default_rng(0).random((60, 4))


def saved(folder: Path, compressed: bool = True, **content: Any) -> Path:
    path = folder / "x.mat"
    scipy.io.savemat(path, content, do_compression=compressed)
    return path


def stored(folder: Path, user_block: int = 512, **content: Any) -> Path:
    """A v7.3 file: HDF5 after a user block, with matrices transposed."""
    path = folder / "x.mat"
    with h5py.File(path, "w", userblock_size=user_block) as file:
        for name, value in content.items():
            file.create_dataset(name, data=value.T, chunks=(1, min(7, len(value))), compression="gzip")
            file[name].attrs["MATLAB_class"] = np.bytes_("double")
    return path

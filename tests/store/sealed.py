"""Run files that were changed and sealed again, as a forger would; a seal is no signature."""

import shutil

import h5py

from mihash_bench.store.seal import sealed


def seal(path):
    """Seal whatever is in a file; its first 512 bytes are replaced."""
    path.write_bytes(sealed(path.read_bytes()))
    return path


def edited(path, edit):
    """Change a run file in place with a function of its h5py.File, and seal it again."""
    with h5py.File(path, "r+") as file:
        edit(file)
    return seal(path)


def sealed_copy(path, edit, name="hostile.h5"):
    """Return a copy of a run file in the same folder, changed with a function of its h5py.File and sealed."""
    return edited(shutil.copy(path, path.with_name(name)), edit)

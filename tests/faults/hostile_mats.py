"""Hand-made hostile MATLAB files of all versions, read as ``datasets prepare`` and ``run`` read them.

A reader may allocate ``MEMORY`` in addition to what its process holds. It refuses the file with exit code 2 and one
line that names it or its folder.
"""

import os
import shutil
import struct
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.datasets.hostile_files import compressed_twice, zeros_v7, zeros_v73
from tests.faults.hostile_variables import MORE, MORE_EITHER
from tests.faults.mat_parts import (
    ARRAY,
    CIFAR,
    COMPRESSED,
    GIST,
    HEADER,
    PLACES,
    A,
    Make,
    element,
    hdf5,
    matrix,
    nested,
    saved,
    squeezed,
    v5,
)
from tests.faults.outcomes import Report
from tests.faults.readers import MAT_READERS, Case, Desk, Read

MEMORY = 2 << 30
NAMES = {GIST: "labelme", CIFAR: "cifar10", PLACES: "places205"}


def _cells(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        head = element(6, struct.pack("<II", 1, 0)) + element(5, struct.pack("<2i", 1, 1)) + element(1, b"gist")
        content = element(ARRAY, head + content)
    return content


def _linked(file: h5py.File, link: Any) -> None:
    file["real"] = A.T
    file["gist"] = link


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((6, 60), "f8")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (6, 60))
    file.create_virtual_dataset("gist", layout)


def _big(*shapes: tuple[str, int, int]) -> Make:
    return lambda path: zeros_v7(path, **{name: (rows, columns) for name, rows, columns in shapes})


def _labels(path: Path) -> None:
    with h5py.File(path, "w", userblock_size=512) as file:
        file["pca_feats"] = np.random.default_rng(0).normal(size=(2, 64))
    zeros_v73(path, "labels", (30 << 24, 64), (1 << 24, 1))


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 << 30)


def _sparse_v5(path: Path) -> None:
    with path.open("wb") as file:
        file.write(HEADER + struct.pack("<H", 0x0100) + b"IM" + struct.pack("<II", ARRAY, 0xFFFFFFF0))
        file.truncate(5 << 30)


def _unpacks(rows: int, columns: int, mebibytes: int) -> Make:
    return lambda path: zeros_v73(path, "gist", (rows, columns), (rows, columns), mebibytes=mebibytes)


FILES: dict[str, tuple[str, Make]] = {
    "size of 4 GB": v5(matrix(declared=0xFFFFFFF8)),
    "numbers of 4 GB": v5(matrix(numbers=0xFFFFFFF8)),
    "numbers of 2 GB": v5(matrix(dims=(1 << 14, 1 << 14), numbers=1 << 31)),
    "dimensions of 8 EB": v5(matrix(dims=(0x7FFFFFFF, 0x7FFFFFFF))),
    "negative dimensions": v5(matrix(dims=(-60, -6))),
    "one negative dimension": v5(matrix(dims=(60, -6))),
    "no dimensions": v5(matrix(dims=())),
    "one dimension": v5(matrix(dims=(360,))),
    "a thousand dimensions": v5(matrix(dims=(1,) * 1000)),
    "zero rows": v5(matrix(dims=(0, 6), content=b"")),
    "fewer numbers than dimensions": v5(matrix(content=A.T.tobytes()[:80])),
    "size zero": v5(matrix(declared=0)),
    "name of 4 GB": v5(
        element(ARRAY, element(6, bytes(8)) + element(5, struct.pack("<2i", 60, 6)) + struct.pack("<II", 1, 0xFFFFFFF0))
    ),
    "nothing but a header": v5(),
    "header cut": (GIST, lambda path: path.write_bytes(HEADER[:100])),
    "version 99": v5(matrix(), version=0x9900),
    "another byte order": v5(matrix(), order=b"MI"),
    "no byte order": v5(matrix(), order=b"XX"),
    "NaN": saved(np.full((60, 6), np.nan)),
    "infinity": saved(np.full((60, 6), np.inf)),
    "a cell": saved(nested(1)),
    "cells in cells": saved(nested(40)),
    "10,000 cells in cells": v5(_cells(10_000)),
    "10,000 cells in cells, compressed": v5(squeezed(_cells(10_000))),
    "a structure": saved({"gist": {"gist": A}}),
    "text": saved("features"),
    "complex": saved(A * 1j),
    **{f"class {number}": v5(matrix(array=number)) for number in (0, 1, 2, 3, 4, 5, 16, 17, 18, 255)},
    **{f"numbers of type {number}": v5(matrix(kind=number)) for number in (0, 8, 10, 11, 14, 15, 16, 17, 18, 1 << 15)},
    "complex without imaginary part": v5(matrix(flags=0x0800)),
    "other variable": v5(matrix("other")),
    "compressed and cut": v5(squeezed(matrix(), cut=20)),
    "compressed, declared longer": v5(squeezed(matrix(), declared=1 << 30)),
    "compressed twice": v5(squeezed(squeezed(matrix()))),
    "compressed, a size of 4 GB inside": v5(squeezed(matrix(declared=0xFFFFFFF8))),
    "not zlib": v5(struct.pack("<II", COMPRESSED, 64) + b"\x99" * 64),
    "a bomb of 2.6 GB of zeros": (GIST, _big(("gist", 1 << 19, 5000))),
    "a bomb of 8 GB in two variables": (
        CIFAR,
        _big(
            ("trainCNN", 1 << 20, 4000),
            ("testCNN", 1 << 20, 4000),
            ("trainLabels", 1 << 20, 1),
            ("testLabels", 1 << 20, 1),
        ),
    ),
    "v7.3: soft link to nothing": hdf5(lambda file: _linked(file, h5py.SoftLink("/nothing"))),
    "v7.3: link to itself": hdf5(lambda file: _linked(file, h5py.SoftLink("/gist"))),
    "v7.3: link to a device": hdf5(lambda file: _linked(file, h5py.ExternalLink("/dev/zero", "/x"))),
    "v7.3: link to a file": hdf5(lambda file: _linked(file, h5py.ExternalLink("/etc/passwd", "/x"))),
    "v7.3: virtual": hdf5(_virtual),
    "v7.3: external storage": hdf5(
        lambda file: file.create_dataset("gist", (6, 60), "f8", external=[("/dev/zero", 0, 2880)])
    ),
    "v7.3: texts": hdf5(lambda file: file.create_dataset("gist", (6, 60), h5py.string_dtype())),
    "v7.3: lists": hdf5(lambda file: file.create_dataset("gist", (6, 60), h5py.vlen_dtype("f8"))),
    "v7.3: references": hdf5(lambda file: file.create_dataset("gist", (6, 60), h5py.ref_dtype)),
    "v7.3: compound": hdf5(lambda file: file.create_dataset("gist", (6, 60), [("real", "f8"), ("imag", "f8")])),
    "v7.3: a group": hdf5(lambda file: file.create_group("gist")),
    "v7.3: a type": hdf5(lambda file: file.__setitem__("gist", np.dtype("f8"))),
    "v7.3: empty": hdf5(lambda file: file.create_dataset("gist", data=h5py.Empty("f8"))),
    "v7.3: a terabyte declared": hdf5(
        lambda file: file.create_dataset("gist", (1 << 17, 1 << 20), "f8", chunks=(64, 64))
    ),
    "v7.3: rows of 8 GB declared": hdf5(lambda file: file.create_dataset("gist", (1 << 30, 8), "f8", chunks=(64, 8))),
    "v7.3: three dimensions": hdf5(lambda file: file.create_dataset("gist", data=np.ones((6, 60, 2)))),
    "v7.3: NaN": hdf5(lambda file: file.create_dataset("gist", data=A.T * np.nan)),
    "v7.3: a chunk that unpacks to 2 GB": (GIST, _unpacks(2048, 1024, 2048)),
    "v7.3: one chunk of 2 GB": (GIST, _unpacks(1 << 15, 1 << 16, 2048)),
    "v7.3: compressed twice": (GIST, lambda path: compressed_twice(path, "gist", np.zeros((1024, 1024)))),
    "v7.3: labels of 30 GB": (PLACES, _labels),
    "v7.3: cut": (GIST, lambda path: (hdf5(lambda file: _linked(file, A.T))[1](path), os.truncate(path, 1500))),
    "FIFO": (GIST, os.mkfifo),
    "sparse 100 GB": (GIST, _sparse),
    "sparse 5 GB with a header": (GIST, _sparse_v5),
    "link to /dev/zero": (GIST, lambda path: path.symlink_to("/dev/zero")),
    "link to itself": (GIST, lambda path: path.symlink_to(path)),
    "folder": (GIST, Path.mkdir),
    "empty": (GIST, Path.touch),
    **MORE,
}
# Two variables of one name: the file is used or refused, but never a mixture.
EITHER = {
    "a variable twice": v5(matrix(), matrix()),
    "a variable twice, once compressed": v5(matrix(), squeezed(matrix())),
    "v7.3: a soft link inside the file": hdf5(lambda file: _linked(file, h5py.SoftLink("/real"))),
    "elements of unknown types": v5(element(77, b"x" * 64), matrix()),
    **MORE_EITHER,
}


# These files are so small that a run on them is refused after they have been read.
TOO_FEW = "60 rows without labels"


def read_mats(folder: Path, every: int = 1) -> Report:
    """Read every file, or each ``every``-th, and count the outcomes by file and reader."""
    report, desk = Report(), Desk(folder / "desk")
    try:
        for number, (name, (file, make)) in enumerate({**FILES, **EITHER}.items()):
            if number % every == 0:
                _read(name, file, make, folder, desk, report)
    finally:
        desk.close()
    return report


def _read(name: str, file: str, make: Make, folder: Path, desk: Desk, report: Report) -> None:
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    make(data / file)
    case = Case(data, [NAMES[file]], data / file, folder / "cache", folder / "output")
    for reader, read in desk.read(case, [each.name for each in MAT_READERS], MEMORY).items():
        report.note(_judge(name, read, data), f"{name}: {reader}", read.said)
    shutil.rmtree(folder / "cache", ignore_errors=True)


def _judge(name: str, read: Read, data: Path) -> str:
    if read.ended != "exit":
        return read.ended
    if name in EITHER and read.code == 2 and any(TOO_FEW in line for line in read.lines):
        return "same"
    if read.code == 2:
        return "refused" if len(read.lines) == 1 and str(data) in read.lines[0] else "unnamed"
    good = name in EITHER and any("60 rows of 6 features" in line or "to do" in line for line in read.lines)
    return "same" if good else "silent"

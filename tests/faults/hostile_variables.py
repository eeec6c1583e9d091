"""More hostile MATLAB files: odd headers, labels that are none, and storage that MATLAB does not write."""

import gzip
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io
import scipy.sparse

from mihash_bench.datasets._mat5_header import MAX_ELEMENTS
from tests.faults.mat_parts import (
    ARRAY,
    CIFAR,
    COMPRESSED,
    DOUBLE,
    GIST,
    HEADER,
    A,
    Make,
    element,
    hdf5,
    matrix,
    squeezed,
    v5,
)
from tests.faults.mutations import cifar10_content

UNKNOWN_FILTER = 32_700
MANY = 20_000


def version_4(rows: int, columns: int, kind: int = 0) -> tuple[str, Make]:
    """Return a file whose header is a variable of version 4 as well, with these dimensions."""
    header = struct.pack("<5i", kind, rows, columns, 0, 5) + b"gist\0"
    content = header.ljust(124) + struct.pack("<H", 0x0100) + b"IM" + matrix()
    return GIST, lambda path: path.write_bytes(content)


def parts(*given: bytes) -> tuple[str, Make]:
    """Return a file with a matrix of these parts."""
    return v5(element(ARRAY, b"".join(given)))


def packed(content: bytes) -> tuple[str, Make]:
    """Return a file with these bytes as a compressed element."""
    return v5(struct.pack("<II", COMPRESSED, len(content)) + content)


def labels(value: Any, *, where: str = "trainLabels") -> tuple[str, Make]:
    """Return a small CIFAR-10 file with another value of one variable, or without it if that is None."""
    content = {**cifar10_content(), where: value}
    if value is None:
        del content[where]
    return CIFAR, lambda path: scipy.io.savemat(path, content, do_compression=True)


def _cells(count: int) -> Any:
    """Return a column of cells, each with one number."""
    column = np.empty((count, 1), object)
    for row in range(count):
        column[row, 0] = np.ones((1, 1))
    return column


def stored(value: Any = None, **how: Any) -> tuple[str, Make]:
    """Return a v7.3 file whose variable is created with these options."""
    given = how if value is None else {"data": value, **how}
    return hdf5(lambda file: file.create_dataset("gist", **given))


def damaged_chunk(content: bytes, mask: int = 0, **how: Any) -> tuple[str, Make]:
    """Return a v7.3 file whose only chunk has these bytes."""

    def edit(file: h5py.File) -> None:
        made = file.create_dataset("gist", (6, 60), "f8", chunks=(6, 60), **how)
        made.id.write_direct_chunk((0, 0), content, mask)

    return hdf5(edit)


def _dictionary() -> bytes:
    made = zlib.compressobj(zdict=b"gist" * 8)
    return made.compress(matrix()) + made.flush()


def _created(file: h5py.File, kind: Any, change: Callable[[Any], Any] = lambda properties: None) -> None:
    """Create the variable by the functions of the library, with a type and options that h5py has no names for."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((6, 60))
    change(properties)
    h5py.h5d.create(file.id, b"gist", kind, h5py.h5s.create_simple((6, 60)), properties)


def _unknown_filter(properties: Any) -> None:
    properties.set_filter(UNKNOWN_FILTER, h5py.h5z.FLAG_OPTIONAL, (1, 2, 3))


def _attributes(file: h5py.File, **values: Any) -> None:
    made = file.create_dataset("gist", data=A.T)
    for name, value in values.items():
        made.attrs[name] = value


def _many_attributes(file: h5py.File) -> None:
    _attributes(file, **{f"a{number}": number for number in range(MANY)})


def _many_groups(file: h5py.File) -> None:
    file["gist"] = A.T
    for number in range(MANY):
        file.create_group(f"more/{number}")


def _deep(file: h5py.File) -> None:
    group: Any = file
    for _ in range(1_500):
        group = group.create_group("gist")


def _opened_for_writing(path: Path) -> None:
    with h5py.File(path, "w", userblock_size=512, libver="latest") as file:
        file["gist"] = A.T
    content = bytearray(path.read_bytes())
    content[512 + 11] = 5  # the flags of the superblock: open for writing, by several processes
    path.write_bytes(content)


def _wrong_checksum(path: Path) -> None:
    with h5py.File(path, "w", userblock_size=512) as file:
        at = file.create_dataset("gist", data=A.T, chunks=(6, 60), fletcher32=True).id.get_chunk_info(0).byte_offset
    content = bytearray(path.read_bytes())
    content[at + 512 * (content[at : at + 8] != A.T.tobytes()[:8]) + 3] ^= 64
    path.write_bytes(content)


def _sparse_tail(path: Path) -> None:
    path.write_bytes(HEADER + struct.pack("<H", 0x0100) + b"IM" + matrix())
    with path.open("r+b") as file:
        file.truncate(1 << 30)


FLAGS, DIMENSIONS = element(6, struct.pack("<II", 6, 0)), element(5, struct.pack("<2i", 60, 6))
NAME, NUMBERS = element(1, b"gist"), element(DOUBLE, A.T.tobytes())
TEXT = "a\x1b[2J\\input{x}"
MORE: dict[str, tuple[str, Make]] = {
    "zeros after a variable": (GIST, _sparse_tail),
    "too many variables": v5(*[matrix("a", dims=(1, 1), content=bytes(8))] * MAX_ELEMENTS, matrix()),
    "elements without content": v5(*[struct.pack("<II", ARRAY, 0)] * 5),
    "of version 4, too": version_4(60, 6),
    "of version 4, too, 8 GB": version_4(1 << 15, 1 << 15),
    "of version 4, too, negative": version_4(-1, 1),
    "of version 4, too, sparse": version_4(40, 3, 2),
    "of version 4, too, text": version_4(1 << 15, 1 << 14, 51),
    "a name of 600 letters": v5(matrix("g" * 600)),
    "no name": v5(matrix("")),
    "a name with NUL": v5(matrix("gist\0gist")),
    "a name with control characters": v5(matrix(TEXT)),
    "no array flags": parts(DIMENSIONS, NAME, NUMBERS),
    "array flags without content": parts(element(6, b""), DIMENSIONS, NAME, NUMBERS),
    "array flags of 4 bytes": parts(element(6, struct.pack("<I", 6)), DIMENSIONS, NAME, NUMBERS),
    "dimensions as text": parts(FLAGS, element(1, b"60 x 6  "), NAME, NUMBERS),
    "dimensions as fractions": parts(FLAGS, element(DOUBLE, struct.pack("<2d", 60.5, 6)), NAME, NUMBERS),
    "name before dimensions": parts(FLAGS, NAME, DIMENSIONS, NUMBERS),
    "no numbers": parts(FLAGS, DIMENSIONS, NAME),
    "small numbers longer than a tag": parts(FLAGS, DIMENSIONS, NAME, struct.pack("<HH", DOUBLE, 60_000), bytes(4)),
    "name in a tag, longer than it": parts(FLAGS, DIMENSIONS, struct.pack("<HH", 1, 9), b"gist", NUMBERS),
    "sparse indices beyond": parts(element(6, struct.pack("<II", 5, 60)), DIMENSIONS, NAME, *[NUMBERS] * 3),
    "compressed with a dictionary": packed(_dictionary()),
    "compressed as gzip": packed(gzip.compress(matrix())),
    "compressed without header": packed(zlib.compress(matrix())[2:-4]),
    "compressed with a wrong checksum": packed(zlib.compress(matrix())[:-1] + b"x"),
    "compressed, only the tag": packed(zlib.compress(struct.pack("<II", ARRAY, 3_000))),
    "compressed, less than declared": v5(squeezed(matrix(declared=100_000))),
    **{
        f"labels {name}": labels(np.full((60, 1), value))
        for name, value in (
            ("NaN", np.nan),
            ("infinite", np.inf),
            ("negative", -1.0),
            ("fractions", 0.5),
            ("of 1e300", 1e300),
            ("of 2^53", 2.0**53),
            ("of 2^63", np.uint64(1 << 63)),
        )
    },
    "labels as text": labels("c" * 60),
    "labels in a cell": labels(_cells(60)),
    "labels sparse": labels(scipy.sparse.csc_array(np.eye(60))),
    "labels empty": labels(np.zeros((0, 0))),
    "labels complex": labels(np.full((60, 1), 1j)),
    "labels too few": labels(np.zeros((59, 1))),
    "labels in a matrix of 2": labels(np.full((60, 3), 2)),
    "labels missing": labels(None),
    "features missing": labels(None, where="testCNN"),
    "features sparse": labels(scipy.sparse.csc_array(np.eye(60)), where="trainCNN"),
    "features of other width": labels(np.ones((60, 7)), where="testCNN"),
    "features of no width": labels(np.ones((60, 0)), where="testCNN"),
    "v7.3: garbage in a chunk": damaged_chunk(b"garbage", compression="gzip"),
    "v7.3: one byte in a chunk": damaged_chunk(b"\0", compression="gzip"),
    "v7.3: a short chunk": damaged_chunk(bytes(80)),
    "v7.3: a long chunk": damaged_chunk(bytes(1 << 20)),
    "v7.3: a chunk without its filter": damaged_chunk(bytes(80), 1, compression="gzip"),
    "v7.3: garbage in LZF": damaged_chunk(b"\xff" * 80, compression="lzf"),
    "v7.3: an unknown filter": hdf5(lambda file: _created(file, h5py.h5t.NATIVE_DOUBLE, _unknown_filter)),
    "v7.3: wrong checksum": (GIST, _wrong_checksum),
    "v7.3: bits": hdf5(lambda file: _created(file, h5py.h5t.STD_B8LE)),
    "v7.3: times": hdf5(lambda file: _created(file, h5py.h5t.UNIX_D32LE)),
    "v7.3: opaque": stored(shape=(6, 60), dtype="V8"),
    "v7.3: arrays": stored(shape=(6, 60), dtype=np.dtype(("f8", (3,)))),
    "v7.3: a number": stored(3.5),
    "v7.3: one dimension": stored(np.ones(360)),
    "v7.3: 32 dimensions": stored(shape=(2,) * 32, dtype="f8", chunks=(1,) * 32),
    "v7.3: no rows": stored(np.ones((6, 0))),
    "v7.3: 2^62 rows": stored(shape=(2, 1 << 62), dtype="u1", chunks=(2, 64)),
    "v7.3: NaN that was never written": stored(shape=(6, 60), dtype="f8", chunks=(6, 60), fillvalue=np.nan),
    "v7.3: a group of that name in it": hdf5(lambda file: file.create_dataset("gist/gist", data=A.T)),
    "v7.3: the file itself": hdf5(lambda file: file.__setitem__("gist", file["/"])),
    "v7.3: groups in groups": hdf5(_deep),
    "v7.3: open for writing": (GIST, _opened_for_writing),
}
MORE_EITHER: dict[str, tuple[str, Make]] = {
    "numbers of one byte": v5(matrix(kind=2, content=bytes(360))),
    "compressed, then garbage": v5(squeezed(matrix()) + b"garbage"),
    "v7.3: half precision": stored(A.T.astype("f2")),
    "v7.3: long doubles": stored(A.T.astype(np.longdouble)),
    "v7.3: big-endian": stored(A.T.astype(">f4")),
    "v7.3: logical": stored(A.T > 0.5),
    "v7.3: compact": hdf5(lambda file: _attributes(file, MATLAB_class=np.bytes_("double"))),
    "v7.3: a class of another name": hdf5(lambda file: _attributes(file, MATLAB_class=TEXT)),
    "v7.3: a class that is an array": hdf5(lambda file: _attributes(file, MATLAB_class=np.zeros(5_000))),
    "v7.3: said to be empty": hdf5(lambda file: _attributes(file, MATLAB_empty=np.uint8(1))),
    "v7.3: said to be sparse": hdf5(lambda file: _attributes(file, MATLAB_sparse=np.uint64(60))),
    f"v7.3: {MANY} attributes": hdf5(_many_attributes),
    f"v7.3: {MANY} groups": hdf5(_many_groups),
}

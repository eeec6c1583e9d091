"""An imported dataset as a dataset like all others."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import DatasetSource, QueryProtocol, RawData
from mihash_bench.errors import InputError
from mihash_bench.own_data.about import NORMALIZATIONS, About
from mihash_bench.own_data.citation import bibtex_of
from mihash_bench.own_data.stored import (
    about_in,
    checked_array,
    chunks_of,
    little_endian,
    opened,
    read_about,
    read_small,
)
from mihash_bench.text import one_line


class Imported(DatasetSource):
    """A dataset that was imported from files of the user by ``mihash-bench datasets import``.

    about: the note of the import. path: its file.
    """

    about: ClassVar[About]
    path: ClassVar[Path]

    @property
    def queries(self) -> QueryProtocol:
        """A number of all rows, or the rows that the file marks."""
        return QueryProtocol(total=self.about.queries)

    def digest(self, file_digests: list[str]) -> str:
        """Return the SHA-256 of the content; title, citation and default length of the stream are no part of it."""
        return self.about.digest

    def read(self, data_dir: Path) -> RawData:
        """Open the file of the import; ``data_dir`` is not used.

        Raises InputError if the file is damaged, or if another one has taken its place since the class was made.
        """
        with opened(self.path) as file:
            _check_same(file, self.path, self.about)
            small = {
                name: read_small(file, name, self.about, self.path)
                for name in ("labels", "query")
                if name in self.about.content
            }
        chunks = features_of(self.path, self.about)
        image = (self.about.image[0], self.about.image[1]) if self.about.image else None
        return RawData(
            self.about.rows, self.about.columns, chunks, small.get("labels"), small.get("query"), image=image
        )  # fmt: skip


def features_of(path: Path, about: About) -> Callable[[], Iterator[NDArray[Any]]]:
    """Return what yields the features of an imported dataset in chunks.

    After the last chunk, InputError is raised if the features are not those that the note describes.
    """

    def chunks() -> Iterator[NDArray[Any]]:
        digest = hashlib.sha256()
        with opened(path) as file:
            _check_same(file, path, about)
            for chunk in chunks_of(checked_array(file, "features", about, path)):
                digest.update(little_endian(chunk))
                yield chunk
        if digest.hexdigest() != about.content["features"]:
            raise InputError(f"{path}: damaged (its features do not match their checksum)")

    return chunks


def _check_same(file: Any, path: Path, about: About) -> None:
    if about_in(file, path).digest != about.digest:
        raise InputError(f"--dataset: {about.name} was imported anew in the meantime (repeat the command)")


def class_of_file(path: Path) -> type[Imported]:
    """Return a class for the imported dataset in a file. Raises InputError, naming the file, if it cannot be used."""
    about = read_about(path)
    return type(
        "Imported",
        (Imported,),
        {
            "__doc__": _described(about, path),
            "name": about.name,
            "title": about.title,
            "citation": bibtex_of(about),
            "examples": about.examples,
            "about": about,
            "path": path,
            "normalization": NORMALIZATIONS[about.normalize],
            "near_percent": about.percent,
        },
    )


def _described(about: About, path: Path) -> str:
    queries = "marked in the file" if about.queries is None else f"{about.queries:,} drawn from all rows"
    classes = f", {len(about.classes):,} named classes" if about.classes else ""
    # Names of files may contain any bytes, which a docstring cannot.
    files = ", ".join(map(one_line, about.files)) or "an array"
    return f"""Imported {about.imported} from {files}; kept in {one_line(path)}.

    {about.content_text}{classes}. Queries: {queries}. Neighbors:
    {about.neighbors}. Normalization: {about.normalize}.{f" Source: {about.citation}." if about.citation else ""}
    """


def verify_file(path: Path) -> About:
    """Read everything in the file of an imported dataset and return its note.

    Raises InputError, naming the file, if anything differs from what the note says.
    """
    about = read_about(path)
    with opened(path) as file:
        if extra := set(file) - {"about", *about.content}:
            raise InputError(f"{path}: it has arrays that are not its own ({', '.join(sorted(extra))})")
        for name in about.content.keys() - {"features"}:
            read_small(file, name, about, path)
    for chunk in features_of(path, about)():
        if not np.isfinite(chunk).all():
            raise InputError(f"{path}: its features have NaN or infinity (allowed: finite numbers)")
    return about

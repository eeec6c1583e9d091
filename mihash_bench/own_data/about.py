"""What is known about an imported dataset beside its arrays, and the digest of its content."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, get_type_hints

from mihash_bench.datasets.base import NEAR_PERCENT, Normalization

# Raised when the file or the meaning of its arrays changes.
FORMAT = 1
NORMALIZATIONS = {
    "center,unit": Normalization(),
    "center": Normalization(unit=False),
    "unit": Normalization(center=False),
    "none": Normalization(center=False, unit=False),
}


@dataclass(frozen=True)
class About:
    """The note of an import.

    Parameters
    ----------
    queries : number of queries that are drawn from all rows; None if the file marks them.
    near_percent : percentage of pairs that are neighbors; None if neighbors are rows that share a label.
    normalize : a key of ``NORMALIZATIONS``.
    rows, columns, dtype : shape and type of the features.
    image : height and width, if the features are the pixels of images; empty otherwise.
    classes : names of the classes, in the order of their numbers; empty if the labels are numbers.
    content : SHA-256 of each array in the file.
    files : names of the imported files, without folders.
    imported, package : when it was imported (UTC), and by which version of this package.
    """

    name: str
    title: str
    citation: str
    examples: int
    queries: int | None
    near_percent: float | None
    normalize: str
    rows: int
    columns: int
    dtype: str
    classes: list[str]
    content: dict[str, str]
    files: list[str]
    imported: str
    package: str
    image: list[int] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that changes a result: the arrays, the queries, the neighbors and the normalization."""
        names = ("queries", "near_percent", "normalize", "rows", "columns", "dtype", "content")
        image = {"image": self.image} if self.image else {}
        return _sha256({"format": FORMAT, **image, **{name: getattr(self, name) for name in names}})

    @property
    def content_text(self) -> str:
        """What the dataset contains, as text."""
        if self.image:
            return f"{self.rows:,} images of {self.image[1]} x {self.image[0]} pixels"
        return f"{self.rows:,} rows of {self.columns:,} features ({self.dtype})"

    @property
    def neighbors(self) -> str:
        """The rule for neighbors in the form of ``--neighbors``."""
        return "labels" if self.near_percent is None else f"distance:{self.near_percent:g}%"

    @property
    def percent(self) -> float:
        """The percentage of pairs that are neighbors by distance, where there are no labels."""
        return NEAR_PERCENT if self.near_percent is None else self.near_percent

    def to_json(self) -> str:
        """Return the note as JSON with a checksum of its own."""
        facts = asdict(self)
        if not self.image:
            # As notes were before there were images, so that their checksum stays.
            del facts["image"]
        return json.dumps({"format": FORMAT, "seal": _sha256(facts), **facts}, sort_keys=True)

    @classmethod
    def from_json(cls, text: bytes) -> "About":
        """Read a note. Raises ValueError, with what is wrong, if it is malformed, damaged or of a newer version."""
        facts = json.loads(text)
        if not isinstance(facts, dict) or type(facts.get("format")) is not int:
            raise ValueError("its note has no format")
        if facts["format"] > FORMAT:
            raise ValueError(f"a newer version of mihash-bench wrote it (format {facts['format']}, known: {FORMAT})")
        names = [each.name for each in fields(cls) if each.name != "image" or "image" in facts]
        values: dict[str, Any] = {name: facts.get(name) for name in names}
        if facts.get("seal") != _sha256(values):
            raise ValueError("its note does not match its checksum")
        hints = get_type_hints(cls)
        for name in names:
            if not _is(values[name], hints[name]):
                raise ValueError(f"its {name} is not of the right type")
        if values["normalize"] not in NORMALIZATIONS:
            raise ValueError("its normalize is unknown")
        about = cls(**values)
        if about.image and (len(about.image) != 2 or 3 * about.image[0] * about.image[1] != about.columns):
            raise ValueError("its image is not a height and a width")
        return about


def _is(value: Any, kind: Any) -> bool:
    plain = getattr(kind, "__origin__", kind)
    return isinstance(value, plain) and not isinstance(value, bool)


def _sha256(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

"""What is known about an imported dataset beside its arrays, and the digest of its content."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
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

    @property
    def digest(self) -> str:
        """SHA-256 of everything that changes a result: the arrays, the queries, the neighbors and the normalization."""
        names = ("queries", "near_percent", "normalize", "rows", "columns", "dtype", "content")
        return _sha256({"format": FORMAT, **{name: getattr(self, name) for name in names}})

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
        return json.dumps({"format": FORMAT, "seal": _sha256(facts), **facts}, sort_keys=True)

    @classmethod
    def from_json(cls, text: bytes) -> "About":
        """Read a note. Raises ValueError, with what is wrong, if it is malformed, damaged or of a newer version."""
        facts = json.loads(text)
        if not isinstance(facts, dict) or type(facts.get("format")) is not int:
            raise ValueError("its note has no format")
        if facts["format"] > FORMAT:
            raise ValueError(f"a newer version of mihash-bench wrote it (format {facts['format']}, known: {FORMAT})")
        values: dict[str, Any] = {each.name: facts.get(each.name) for each in fields(cls)}
        if facts.get("seal") != _sha256(values):
            raise ValueError("its note does not match its checksum")
        for name, kind in get_type_hints(cls).items():
            if not _is(values[name], kind):
                raise ValueError(f"its {name} is not of the right type")
        if values["normalize"] not in NORMALIZATIONS:
            raise ValueError("its normalize is unknown")
        return cls(**values)


def _is(value: Any, kind: Any) -> bool:
    plain = getattr(kind, "__origin__", kind)
    return isinstance(value, plain) and not isinstance(value, bool)


def _sha256(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

"""Values computed from run files, kept in the results folder until one of these files changes.

They are only a cache. A file that is missing, damaged or of another version counts as empty.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mihash_bench.store.cache_file import read_cache, write_cache
from mihash_bench.store.index import Identity

# Raised when the same run files give other values.
FORMAT = 1
KIND = f"derived {FORMAT} {version('mihash-bench')}"


class Derived:
    """Values by a name and the run files that they were computed from.

    path: the file that keeps them, or None to keep nothing. identities: the identity of each run's file by the run's
    key; None for a file that may change unnoticed, from which nothing is kept.
    """

    def __init__(self, path: Path | None, identities: Mapping[str, Identity | None]) -> None:
        self._path, self._identities = path, identities
        self._kept: dict[str, Any] = _read(path) if path else {}
        self._changed = False

    def get(self, name: str, keys: Sequence[str]) -> Any:
        """Return the value that was computed from these runs, or None if it is not known."""
        where = self._where(name, keys)
        return None if where is None else self._kept.get(where)

    def put(self, name: str, keys: Sequence[str], value: Any) -> None:
        """Keep a value, made of lists, texts and numbers, that was computed from these runs."""
        if (where := self._where(name, keys)) is not None:
            self._kept[where] = value
            self._changed = True

    def save(self) -> None:
        """Write the values if there are new ones and the folder can be written to."""
        if self._path and self._changed:
            write_cache(self._path, KIND, json.dumps(self._kept).encode())

    def _where(self, name: str, keys: Sequence[str]) -> str | None:
        files = [(key, self._identities.get(key)) for key in keys]
        if any(each is None for _, each in files):
            return None
        return hashlib.sha256(json.dumps([name, files]).encode()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(read_cache(path, KIND))
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}

"""Files of reference values beside the runs: what queries reach without hash codes."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError
from mihash_bench.store.output_file import written

# Raised when the values change.
VERSION = 1

# The values of each metric by the number of examples; the empty text stands for a value that is always the same.
Values = dict[str, dict[str, float]]


def key_of(name: str, facts: Mapping[str, Any]) -> str:
    """Return the key of a reference: the SHA-256 of its name and version and of all that its values depend on."""
    return _digest([name, VERSION, facts])


def path_of(results: Path, name: str, key: str) -> Path:
    """Return ``references/<name>-<key16>.json``."""
    return results / "references" / f"{name}-{key[:16]}.json"


def read_reference(path: Path, key: str) -> Values:
    """Return the values of a file, none if there is no such file. Raises InputError, naming it, if it is damaged."""
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        values, seal = content["values"], content["sha256"]
        whole = content["key"] == key and seal == _digest([key, values])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        whole = False
    if not whole:
        raise InputError(f"{path}: this file is damaged")
    return {metric: {seen: float(value) for seen, value in each.items()} for metric, each in values.items()}


def write_reference(path: Path, key: str, facts: Mapping[str, Any], values: Values) -> None:
    """Write a file that appears complete or not at all. Raises OSError if it cannot be written."""
    content = {"key": key, "version": VERSION, "facts": facts, "values": values, "sha256": _digest([key, values])}
    with written(path) as file:
        file.write(json.dumps(content, indent=1, sort_keys=True).encode())


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

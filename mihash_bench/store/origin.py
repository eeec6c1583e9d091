"""What made a run, beyond its attributes: the command, the sweep, and the source of plug-ins. Stored as one JSON text.

The text is the array ``json`` (UTF-8, one byte an entry) of the group ``origin``, because an attribute of an HDF5 file
is limited to 64 KiB.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from mihash_bench.errors import InputError, shown
from mihash_bench.store.record import Columns, RunRecord

# The source of several plug-ins, each of up to 500 kB, takes less.
MOST_BYTES = 16 * 2**20
_JSON = "json"


def origin_columns(facts: Mapping[str, Any]) -> Columns:
    """Return the group ``origin`` for some facts, which are texts, numbers, and lists and mappings of them.

    Raises InputError if they take more than 16 MiB.
    """
    content = json.dumps(dict(facts), sort_keys=True, ensure_ascii=True).encode()
    _check_size(len(content))
    return {_JSON: np.frombuffer(content, np.uint8)}


def origin_of(record: RunRecord) -> dict[str, Any]:
    """Return the facts in a record, none for a run of an older schema.

    Facts with the names of ``KINDS`` have the kinds that are given there; others may be anything. Raises InputError if
    the facts cannot be read.
    """
    if _JSON not in record.origin:
        return {}
    column = record.origin[_JSON]
    if column.dtype != np.uint8 or column.ndim != 1:
        raise InputError("its origin is not a text")
    _check_size(len(column))
    try:
        facts = json.loads(column.tobytes(), parse_constant=_refuse)
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"its origin is not JSON ({shown(str(error) or type(error).__name__)})") from None
    if not isinstance(facts, dict):
        raise InputError("its origin is not a JSON object")
    for name, (is_kind, kind) in KINDS.items():
        if name in facts and not is_kind(facts[name]):
            raise InputError(f"its origin has a {name} that is not {kind}")
    return facts


def _check_size(size: int) -> None:
    if size > MOST_BYTES:
        raise InputError(f"its origin has {size:,} bytes (allowed: up to {MOST_BYTES:,})")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_options(value: Any) -> bool:
    plugins = value.get("plugin", []) if isinstance(value, dict) else None
    return isinstance(plugins, list) and all(map(_is_text, plugins))


def _is_texts(value: Any) -> bool:
    return isinstance(value, dict) and set(map(type, value.values())) <= {str}


def _is_files(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_texts, value)) and all("text" in each for each in value)


def _is_plugins(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_plugin, value))


def _is_plugin(value: Any) -> bool:
    names = ("used_for", "name", "digest")
    return (
        isinstance(value, dict)
        and all(_is_text(value.get(name)) for name in names)
        and _is_texts(value.get("digests"))
        and _is_texts(value.get("texts"))
    )


KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "made_by": (_is_text, "a text"),
    "command": (_is_text, "a text"),
    "call": (_is_text, "a text"),
    "options": (_is_options, "an object, with texts as plug-ins"),
    "sweep_files": (_is_files, "a list of objects of texts"),
    "packages": (_is_texts, "an object of texts"),
    "source_digest": (_is_text, "a text"),
    "plugins": (_is_plugins, "a list of plug-ins"),
}

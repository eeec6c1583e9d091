"""What made a run, beyond its attributes: the command, the sweep, and the source of plug-ins. Stored as one JSON text.

The text is the array ``json`` (UTF-8, one byte an entry) of the group ``origin``, because an attribute of an HDF5 file
is limited to 64 KiB.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from mihash_bench.errors import InputError
from mihash_bench.store.record import Columns, RunRecord

_JSON = "json"


def origin_columns(facts: Mapping[str, Any]) -> Columns:
    """Return the group ``origin`` for some facts, which are texts, numbers, and lists and mappings of them."""
    text = json.dumps(dict(facts), sort_keys=True, ensure_ascii=True)
    return {_JSON: np.frombuffer(text.encode(), np.uint8)}


def origin_of(record: RunRecord) -> dict[str, Any]:
    """Return the facts in a record, none for a run of an older schema. Raises InputError if they cannot be read."""
    if _JSON not in record.origin:
        return {}
    column = record.origin[_JSON]
    if column.dtype != np.uint8 or column.ndim != 1:
        raise InputError("its origin is not a text")
    try:
        facts = json.loads(column.tobytes())
    except (ValueError, RecursionError) as error:
        raise InputError(f"its origin is not JSON ({error})") from None
    if not isinstance(facts, dict):
        raise InputError("its origin is not a JSON object")
    return facts

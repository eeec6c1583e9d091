"""Records of older schemas are converted to the current one when they are read. Files are never rewritten."""

from collections.abc import Callable
from dataclasses import replace

from mihash_bench.store.record import GROUPS, RunRecord

SCHEMA = 4
# The groups that a file of each older schema has.
OLDER_GROUPS = {
    1: ("curve", "trigger", "final"),
    2: ("curve", "trigger", "final", "preprocessing"),
    3: ("curve", "trigger", "final", "preprocessing", "origin"),
}

Migration = Callable[[RunRecord], RunRecord]


def _from_1(record: RunRecord) -> RunRecord:
    """Schema 2 added the group ``preprocessing``, which older files do not have."""
    return replace(record, preprocessing={})


def _from_2(record: RunRecord) -> RunRecord:
    """Schema 3 added the group ``origin``, which older files do not have."""
    return replace(record, origin={})


def _from_3(record: RunRecord) -> RunRecord:
    """Schema 4 added the group ``per_query``, which older files do not have."""
    return replace(record, per_query={})


# Each migration leads from the schema that is its key to the next one.
MIGRATIONS: dict[int, Migration] = {1: _from_1, 2: _from_2, 3: _from_3}


def known_schemas() -> list[int]:
    """Return the schemas that can be read, in ascending order."""
    return [*sorted(MIGRATIONS), SCHEMA]


def groups_of(schema: int) -> tuple[str, ...]:
    """Return the groups that a file of this schema has."""
    return OLDER_GROUPS.get(schema, GROUPS)


def migrated(record: RunRecord, schema: int) -> RunRecord:
    """Return the record in the form of the current schema. Raises KeyError for an unknown schema."""
    if schema == SCHEMA:
        return record
    for step in range(schema, SCHEMA):
        record = MIGRATIONS[step](record)
    return replace(record, attributes={**record.attributes, "schema": SCHEMA})

"""The plan of a results folder: which runs were asked for, so that those without a file are known to be missing.

It has the names of runs and their keys, and nothing about the machine, the user or the folder.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError, shown
from mihash_bench.store.cache_file import read_cache, with_digest
from mihash_bench.store.durable import write_whole
from mihash_bench.store.lock import locked

# Raised when the content changes.
KIND = "plan 1"
_PART, _KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}"), re.compile("[0-9a-f]{64}")
MOST = 2**31


@dataclass(frozen=True)
class PlannedRun:
    """The names and the key of a run, as in its file."""

    setting: str
    dataset: str
    method: str
    variant: str
    bits: int
    trigger: str
    trial: int
    protocol: str
    key: str

    @property
    def names(self) -> tuple[Any, ...]:
        """All but the key. Of several planned runs with equal names, the one that was planned last counts."""
        return tuple(value for name, value in asdict(self).items() if name != "key")


def planned_run(about: Mapping[str, Any]) -> PlannedRun:
    """Return the entry of a run from its attributes.

    Raises KeyError or TypeError if one is missing or mistyped, and ValueError if the path of a run file could not be
    made of them, or would lead out of the results folder.
    """
    run = PlannedRun(**{each.name: about[each.name] for each in fields(PlannedRun)})
    for each in fields(PlannedRun):
        value = getattr(run, each.name)
        if type(value) is not each.type:
            raise TypeError(f"{each.name} is {value!r}")
    for name in ("setting", "dataset", "method", "trigger"):
        if not _PART.fullmatch(getattr(run, name)):
            raise ValueError(f"{name} is {shown(getattr(run, name))}")
    if not (0 < run.bits <= MOST and 0 <= run.trial <= MOST and _KEY.fullmatch(run.key)):
        raise ValueError("a number or a key is not possible")
    return run


def plan_path(results: Path) -> Path:
    """Return the file of the plan."""
    return results / "runs" / ".plan"


def read_plan(results: Path) -> list[PlannedRun]:
    """Return the planned runs, none if there is no plan. Raises InputError, naming the file, if it cannot be used."""
    path = plan_path(results)
    try:
        entries = json.loads(read_cache(path, KIND))
        if not isinstance(entries, list):
            raise TypeError("it is no list")
        return [planned_run(each) for each in entries]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: not a plan that can be used ({error})") from None


def add_to_plan(results: Path, runs: Sequence[PlannedRun]) -> str:
    """Add runs to the plan, and return why an earlier plan is replaced because it cannot be used, or "".

    Raises OSError if the plan cannot be written.
    """
    with locked(results / "runs" / ".locks" / "plan"):
        complaint, before = "", list[PlannedRun]()
        try:
            before = read_plan(results)
        except InputError as error:
            complaint = f"{error}; a new plan is made"
        whole = list({run.names: run for run in [*before, *runs]}.values())
        if whole != before:
            content = json.dumps([asdict(run) for run in whole]).encode()
            write_whole(plan_path(results), with_digest(KIND, content))
    return complaint


def forget_plan(results: Path) -> bool:
    """Remove the plan, and return whether there was one. Raises OSError if it cannot be removed."""
    try:
        plan_path(results).unlink()
    except FileNotFoundError:
        return False
    return True

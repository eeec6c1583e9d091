"""What made the runs of a leaderboard, without anything that the same results would not give again."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.store.origin import origin_of
from mihash_bench.store.run_file import read_run

_DIGITS = 16


def keys_digest(keys: Iterable[str]) -> str:
    """Return the beginning of SHA-256 over the sorted keys of runs, one a line."""
    return hashlib.sha256("".join(f"{key}\n" for key in sorted(keys)).encode()).hexdigest()[:_DIGITS]


def software_of(runs: pd.DataFrame) -> list[str]:
    """Return the software of some runs as texts, with the number of runs of each if there are several."""
    counts = Counter(_versions(text) for text in runs["versions"])
    return [text if len(counts) == 1 else f"{text} ({number} runs)" for text, number in sorted(counts.items())]


def _versions(text: str) -> str:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(found, Mapping):
        return text
    return ", ".join(f"{name} {version}" for name, version in found.items())


def made_by(paths: Sequence[Path]) -> list[str]:
    """Return how the runs in some files were made, each way once with its number of runs.

    A file that can no longer be read counts as one that does not say it.
    """
    counts: Counter[str] = Counter()
    for path in paths:
        facts: Mapping[str, Any] = {}
        with suppress(InputError):
            facts = origin_of(read_run(path))
        counts[", ".join(_texts(facts)) or "not recorded"] += 1
    return [f"{text}: {number} runs" for text, number in sorted(counts.items())]


def _texts(facts: Mapping[str, Any]) -> Iterator[str]:
    how = facts.get("command") or facts.get("call") or facts.get("made_by")
    if how:
        yield str(how)
    for each in facts.get("sweep_files", []):
        yield f"{each.get('option', '')} {each.get('name', '')} with SHA-256 {each.get('sha256', '')[:_DIGITS]}"
    if "source_digest" in facts:
        yield f"code {facts['source_digest'][:_DIGITS]}"

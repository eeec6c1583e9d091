"""What made a table, a figure or an export: the command, the software, and the runs that it shows."""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.anonymous import anonymous
from mihash_bench.store.provenance import PACKAGES, git_state
from mihash_bench.sweeps.made_by import source_digest
from mihash_bench.text import one_line, shortened

# Packages that tables and figures depend on, besides those that runs depend on.
REPORT_PACKAGES = ("pandas", "matplotlib")
ENDING = ".provenance.json"
NAME_BYTES = 255
# In the text inside of a file. The file beside it names all keys in full.
SHOWN_KEYS, SHOWN_DIGITS, KEYS_A_LINE, COMMAND_CHARACTERS = 200, 8, 12, 1_000
NAMES = (
    "key", "setting", "dataset", "method", "variant", "bits", "trigger", "trial", "seed", "method_version",
    "dataset_digest", "code", "git_commit",
)  # fmt: skip


@dataclass(frozen=True)
class Making:
    """What makes the outputs of one command.

    made_by: the name of the way, ``command`` or ``python``, and the anonymous command, or the function that was called.
    runs: one row for each run of the results folder; see ``store.results.Results``.
    """

    made_by: tuple[str, str]
    runs: pd.DataFrame

    def facts(self, keys: Iterable[str], files: Sequence[str]) -> dict[str, Any]:
        """Return the facts about files that show the runs with some keys, as plain values for JSON."""
        chosen = self.runs[self.runs["key"].isin(set(keys))].sort_values("key")
        versions = list(dict.fromkeys(chosen["versions"]))
        numbers = {text: number for number, text in enumerate(versions)}
        variants = {variant: anonymous(variant) for variant in chosen["variant"].unique()}
        rows = chosen.assign(variant=chosen["variant"].map(variants), versions=chosen["versions"].map(numbers))
        runs = [_plain(row) for row in rows[[*NAMES, "versions"]].to_dict("records")]
        return {
            "files": list(files), self.made_by[0]: self.made_by[1], **self._software,
            "versions_of_runs": [_parsed(text) for text in versions], "runs": runs,
            "more": "`mihash-bench show KEY` prints what made a run and the command that makes it again",
        }  # fmt: skip

    @cached_property
    def _software(self) -> dict[str, Any]:
        found = {"python": platform.python_version()}
        for name in (*PACKAGES, *REPORT_PACKAGES):
            with suppress(PackageNotFoundError):
                found[name] = version(name)
        return {"versions": found, "source_digest": source_digest(), **git_state()}


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value.item() if hasattr(value, "item") else value for name, value in row.items()}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def made_text(facts: Mapping[str, Any]) -> str:
    """Return the command and the software in one line."""
    how = facts["command"] if "command" in facts else f"Python, {facts.get('python')}"
    software = f"mihash-bench {facts['versions']['mihash-bench']}, code {facts['source_digest'][:SHOWN_DIGITS]}"
    commit = f", commit {facts['git_commit'][:SHOWN_DIGITS]}" if facts["git_commit"] else ""
    return f"Made by: {shortened(one_line(how), COMMAND_CHARACTERS)} ({software}{commit})".replace("\n", " ")


def keys_text(facts: Mapping[str, Any]) -> str:
    """Return the beginnings of the keys of the runs."""
    keys = [run["key"][:SHOWN_DIGITS] for run in facts["runs"]]
    more = f" and {len(keys) - SHOWN_KEYS} more" if len(keys) > SHOWN_KEYS else ""
    return f"{' '.join(keys[:SHOWN_KEYS])}{more}"


def latex_comment(facts: Mapping[str, Any]) -> str:
    """Return lines that LaTeX skips."""
    words = keys_text(facts).split()
    lines = [" ".join(words[start : start + KEYS_A_LINE]) for start in range(0, len(words), KEYS_A_LINE)]
    return "".join(f"% {one_line(line)}\n" for line in [made_text(facts), "Keys of the runs:", *lines])


def pdf_metadata(facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return metadata for matplotlib: never a time, and without facts nothing at all."""
    if facts is None:
        return {"CreationDate": None, "Creator": None, "Producer": None}
    return {"CreationDate": None, "Subject": made_text(facts), "Keywords": f"Keys of the runs: {keys_text(facts)}"}


def png_metadata(facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return metadata for matplotlib, as ``pdf_metadata``."""
    if facts is None:
        return {"Software": None}
    return {"Software": None, "Description": made_text(facts), "Comment": f"Keys of the runs: {keys_text(facts)}"}


def svg_metadata(facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return metadata for matplotlib, as ``pdf_metadata``."""
    if facts is None:
        return {"Date": None, "Creator": None}
    return {"Date": None, "Description": made_text(facts), "Keywords": f"Keys of the runs: {keys_text(facts)}"}


def provenance_path(stem: Path) -> Path:
    """Return the path of the file that says what made the files with a stem."""
    # A name is as long as file systems allow, if the name of the file itself is.
    name = os.fsencode(stem.name)[: NAME_BYTES - len(ENDING)]
    return stem.with_name(os.fsdecode(name) + ENDING)


def provenance_bytes(facts: Mapping[str, Any]) -> bytes:
    """Return the content of such a file."""
    return f"{json.dumps(facts, indent=1, ensure_ascii=True, allow_nan=False, sort_keys=True)}\n".encode()


def write_provenance(stem: Path, facts: Mapping[str, Any]) -> Path:
    """Write ``<stem>.provenance.json`` and return its path."""
    path = provenance_path(stem)
    path.write_bytes(provenance_bytes(facts))
    return path

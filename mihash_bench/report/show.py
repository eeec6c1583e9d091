"""One run: what it computed, what made it, and the command that makes it again."""

import json
import math
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError
from mihash_bench.store.origin import origin_of
from mihash_bench.store.record import RunRecord
from mihash_bench.store.run_file import read_run
from mihash_bench.sweeps.again import command_again, differences_here, is_code_unknown
from mihash_bench.sweeps.code import PLUGINS
from mihash_bench.sweeps.later import with_later_metrics
from mihash_bench.sweeps.task import run_label
from mihash_bench.sweeps.verify import record_fault
from mihash_bench.text import one_line

# Longer lines, for example of a configuration file, are cut on the screen.
LINE_CHARACTERS = 2_000
# Attributes whose text is JSON.
STRUCTURED = ("config", "versions", "machine", "threads", "metric_code")
SWEEP_FILES = "sweep_files"
SHOWN_ABOVE = ("status", "reason", "traceback", "key", "config", "versions")


def described(path: Path) -> dict[str, Any]:
    """Return all that a run file says except for its arrays, as plain values, with the command that makes it again.

    ``command`` is None if there is none; ``no_command`` then says why. ``differs_here`` lists why the command would
    give another key with what is installed here, and ``code_unknown`` says whether the code could not be compared.
    Raises InputError if the file cannot be read.
    """
    record = read_run(path)
    fault = record_fault(record, path, None)
    attributes = {name: _plain(name, value) for name, value in record.attributes.items()}
    whole = record if fault else with_later_metrics(record, path)[0]
    curve = {name: {"first": _number(column[0]), "last": _number(column[-1])}
             for name, column in whole.curve.items() if len(column)}  # fmt: skip
    return {
        "file": str(path), "label": _label(record), "fault": fault, "attributes": attributes,
        "checkpoints": max(map(len, whole.curve.values()), default=0), "curve": curve,
        "origin": {} if fault else origin_of(record), **_again(record, fault),
    }  # fmt: skip


def _again(record: RunRecord, fault: str) -> dict[str, Any]:
    try:
        if fault:
            raise InputError("the file contradicts itself")
        return {
            "command": command_again(record), "no_command": "", "differs_here": differences_here(record),
            "code_unknown": is_code_unknown(record.attributes),
        }  # fmt: skip
    except InputError as error:
        return {"command": None, "no_command": str(error), "differs_here": [], "code_unknown": False}


def _plain(name: str, value: Any) -> Any:
    if name in STRUCTURED:
        try:
            # JSON has neither NaN nor infinity, but Python reads them.
            return json.loads(str(value), parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            return value
    return _number(value) if isinstance(value, float) else value


def _number(value: Any) -> Any:
    """Return a number for JSON, which has neither NaN nor infinity."""
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def _label(record: RunRecord) -> str:
    about = record.attributes
    try:
        return run_label(about)
    except InputError:  # the setting is not installed
        return f"{about['dataset']} {about['method']} {about['bits']} bits, {about['setting']}, trial {about['trial']}"


def lines_of(run: Mapping[str, Any]) -> list[str]:
    """Return what ``described`` returns as lines for people, each printable and not too long."""
    with _readable(run):
        return [one_line(line)[:LINE_CHARACTERS] for line in _lines(run)]


def json_of(run: Mapping[str, Any]) -> str:
    """Return what ``described`` returns as JSON."""
    with _readable(run):
        return json.dumps(run, indent=2, allow_nan=False)


@contextmanager
def _readable(run: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except (RecursionError, MemoryError, ValueError):
        raise InputError(f"RUN: {run['file']}: its texts are nested too deeply or too large to be shown") from None


def _lines(run: Mapping[str, Any]) -> Iterator[str]:
    about = run["attributes"]
    yield f"{run['label']}: {about['status']}{': ' if about['reason'] else ''}{about['reason']}"
    if run["fault"]:
        yield f"This file cannot be trusted: {run['fault']}"
    yield f"file: {run['file']}"
    yield f"key: {about['key']}"
    yield from _section("Configuration", about["config"])
    yield from _section("Versions", about.get("versions", {}))
    yield from _section("Further attributes", {name: about[name] for name in about if name not in SHOWN_ABOVE})
    if run["curve"]:
        yield from ("", f"Curve ({run['checkpoints']} checkpoints): first and last value")
        for name, values in run["curve"].items():
            yield f"  {name}: {_short(values['first'])}, {_short(values['last'])}"
    yield from _origin(run["origin"])
    yield from _command(run)


def _section(title: str, values: Any) -> Iterator[str]:
    yield from ("", title)
    if not isinstance(values, Mapping):
        values = {"text": values}
    for name, value in values.items():
        yield f"  {name}: {value if isinstance(value, str) else json.dumps(value)}"


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else "-" if value is None else str(value)


def _origin(facts: Mapping[str, Any]) -> Iterator[str]:
    plugins = facts.get(PLUGINS, [])
    if not facts:
        yield from ("", "Made by: this file does not say")
        return
    known = (PLUGINS, SWEEP_FILES)
    yield from _section("Made by", {name: value for name, value in facts.items() if name not in known})
    for each in facts.get(SWEEP_FILES, []):
        yield f"  {each.get('option', '')} {each.get('name', '')}, SHA-256 {each.get('sha256', '')}"
        yield from (f"    {line}" for line in each["text"].splitlines())
    for each in plugins:
        yield f"  plug-in for {each['used_for']}: {each['name']}, code {str(each['digest'])[:8]}"
        for name, digest in each["digests"].items():
            yield f"    {name}: SHA-256 {digest}"


def _command(run: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "The command that makes this run again")
    if run["command"] is None:
        yield f"  none: {run['no_command']}"
        return
    yield f"  {shlex.join(run['command'])}"
    for line in run["differs_here"]:
        yield f"  It gives another key here: {line}."
    if run["code_unknown"]:
        yield "  Its code is not compared with the present one, because the plug-in is not loaded; see --plugin."

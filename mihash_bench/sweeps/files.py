"""Sweeps as TOML: presets of the package and files of the user.

Keys are the options of ``mihash-bench run`` that say what to run, without their dashes; a list of values sweeps.
Keys at the top hold for every ``[[sweep]]`` table below them; without such tables the top is the one sweep.
"""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError, unknown

# The options that a file may set, and what `mihash-bench run` calls them inside.
KEYS = {
    "setting": "setting",
    "dataset": "datasets",
    "method": "methods",
    "bits": "bits",
    "trigger": "triggers",
    "trials": "trials",
    "examples": "examples",
    "epochs": "epochs",
    "checkpoints": "checkpoints",
    "metric": "metrics",
    "reservoir": "reservoir",
    "update-interval": "update_interval",
    "threshold": "threshold",
    "seed": "seed",
    "threads": "threads",
    "set": "sets",
}


def preset_names() -> list[str]:
    """Return the names of the presets."""
    return sorted(
        entry.name.removesuffix(".toml") for entry in files("mihash_bench.presets").iterdir() if _is_toml(entry)
    )


def _is_toml(entry: Any) -> bool:
    return bool(entry.name.endswith(".toml"))


def preset_text(name: str) -> str:
    """Return the text of a preset. Raises InputError, naming ``--preset`` and a near miss, if there is none."""
    if name not in preset_names():
        raise unknown("--preset", name, preset_names())
    return (files("mihash_bench.presets") / f"{name}.toml").read_text()


def config_text(path: Path) -> str:
    """Return the text of the user's file. Raises InputError, naming ``--config``, when it cannot be read."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--config: cannot read {path} ({error})") from None


def read_sweeps(text: str, where: str) -> list[dict[str, str]]:
    """Return one table of options for each sweep, each value as the text that the option would be given.

    Raises InputError, naming ``where``, for text that is no TOML and for keys and values that no option has.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where}: not TOML ({error})") from None
    # What a preset says about itself: its title, and how its values were found.
    content.pop("title", None)
    content.pop("tuning", None)
    tables = content.pop("sweep", [{}])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{where}: sweep is no table (allowed: [[sweep]] and below it one option a line)")
    return [_options({**content, **table}, where) for table in tables]


def _options(table: dict[str, Any], where: str) -> dict[str, str]:
    for key in table:
        if key not in KEYS:
            raise unknown(where, key, KEYS)
    return {KEYS[key]: _text(key, value, where) for key, value in table.items()}


def _text(key: str, value: Any, where: str) -> str:
    """Return what stands after the option on a command line; several ``set`` texts go one a line."""
    values = value if isinstance(value, list) else [value]
    for single in values:
        if isinstance(single, bool) or not isinstance(single, str | int | float):
            raise InputError(f"{where}: {key} is {single!r} (allowed: text, a number, or a list of them)")
    return ("\n" if key == "set" else ",").join(str(single) for single in values)

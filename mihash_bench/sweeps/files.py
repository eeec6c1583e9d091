"""Sweeps as TOML: presets of the package and files of the user.

Keys are the options of ``mihash-bench run`` that define runs, without their leading dashes. A list of values is swept.
Keys at the top apply to every ``[[sweep]]`` table below them. Without such tables, the top is the only sweep. The parts
``[table]``, ``[plot]`` and ``[report]`` hold options of these verbs.
"""

import stat
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError, shown, unknown
from mihash_bench.settings.base import default_setting, setting_of

Table = dict[str, Any]

# Keys that describe a preset: its title, and how its values were found.
ABOUT = ("title", "tuning")
# Parts that hold options of other verbs.
PARTS = ("table", "plot", "report")
# A file of the user may have at most this many bytes.
MOST_BYTES = 2**20


def preset_names() -> list[str]:
    """Return the names of the presets."""
    names = (entry.name for entry in files("mihash_bench.presets").iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def preset_text(name: str) -> str:
    """Return the text of a preset. Raises InputError, naming ``--preset`` and a similar name, if it is unknown."""
    if name not in preset_names():
        raise unknown("--preset", name, preset_names())
    return (files("mihash_bench.presets") / f"{name}.toml").read_text(encoding="utf-8")


def preset_with_defaults(name: str) -> str:
    """Return the text of a preset, followed by comments with the options that it leaves at their defaults."""
    text = preset_text(name)
    tables = read_tables(text, f"--preset {name}")
    lines = []
    for setting in dict.fromkeys(str(table.get("setting", default_setting())) for table in tables):
        options = setting_of(setting).options
        given = {key for table in tables if table.get("setting", default_setting()) == setting for key in table}
        lines += ["", f"# Options that are left at their defaults (setting {setting}):"]
        left = (option for option in options.declared() if option not in given)
        lines += [f"# {option.replace('_', '-')}: {options.default_text(option)}" for option in left]
    return text + "\n".join([*lines, ""])


def config_text(path: Path) -> str:
    """Return the text of the user's file. Raises InputError, naming ``--config``, if it cannot be read.

    Only regular files are opened, because a pipe or a device may never end.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
            raise InputError(f"--config: cannot read {path} (allowed: a regular file of at most 1 MiB)")
        # Editors on Windows put a byte order mark at the beginning.
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"--config: cannot read {path} (not UTF-8: {error.reason} at byte {error.start})") from None
    except OSError as error:
        raise InputError(f"--config: cannot read {path} ({error.strerror})") from None


def read_tables(text: str, where: str) -> list[Table]:
    """Return one table of options for each sweep, with keys in Python's form (``update_interval``).

    Raises InputError, naming ``where``, if the text is not TOML or a value is not possible for any option.
    """
    content = _content(text, where)
    shared = {key: value for key, value in content.items() if key not in (*ABOUT, *PARTS, "sweep")}
    tables = content.get("sweep", [{}])
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{where}: sweep is not a table (allowed: [[sweep]], followed by one option per line)")
    return [_checked({**shared, **table}, where) for table in tables]


def read_part(text: str, where: str, part: str) -> Table:
    """Return a part out of ``PARTS``. Raises InputError, naming ``where``, for other texts than TOML with that part."""
    found = _content(text, where).get(part)
    if not isinstance(found, dict):
        raise InputError(f"{where}: it has no part [{part}] (allowed: [{part}], followed by one option per line)")
    return found


def _content(text: str, where: str) -> Table:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError(f"{where}: nested too deeply (allowed: options without tables in tables)") from None
    except ValueError as error:
        # Also raised for a number of more than 4,300 digits.
        raise InputError(f"{where}: not TOML ({str(error).partition(';')[0]})") from None


def _checked(table: Table, where: str) -> Table:
    for key, value in table.items():
        for single in value if isinstance(value, list) else [value]:
            if isinstance(single, bool) or not isinstance(single, str | int | float):
                raise InputError(f"{where}: {key} is {shown(single)} (allowed: text, a number, or a list of them)")
    names = [key.replace("-", "_") for key in table]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{where}: {name.replace('_', '-')} is given twice (allowed: once)")
    return dict(zip(names, table.values(), strict=True))

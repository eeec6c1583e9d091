"""The sweeps of a call: given options override a config file, then a preset, then the defaults."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError, unknown
from mihash_bench.experiment.options import flag
from mihash_bench.plugins import load_plugins
from mihash_bench.registry import SETTINGS
from mihash_bench.settings.base import (
    Setting,
    default_setting,
    foreign_option,
    listed_settings,
    setting_of,
)
from mihash_bench.sweeps.files import Table, config_text, preset_text, read_tables
from mihash_bench.sweeps.made_by import file_fact
from mihash_bench.sweeps.sweep import DATA_DIR, Sweep

Facts = tuple[Mapping[str, str], ...]


def chosen_sweeps(
    given: Mapping[str, Any],
    preset: str | None = None,
    config: Path | None = None,
    data_dir: Path = DATA_DIR,
    *,
    before_plugins: Callable[[set[str]], None] | None = None,
) -> list[Sweep]:
    """Return the sweeps of a call.

    given: values of options by name, including ``setting``; None counts as not given. If both a preset and a config
    file are given, the file changes each sweep of the preset. data_dir: the folder below which imported datasets are
    looked for first. before_plugins: is called with the names of the settings before plug-ins are loaded. Raises
    InputError if a file cannot be read or a value is not allowed.
    """
    own = {name: value for name, value in given.items() if value is not None}
    presets, (configs, facts) = _preset_tables(preset), _config_tables(config, preset)
    tables = [{**one, **other} for one in presets for other in configs]
    if preset is not None:
        facts = (file_fact("--preset", f"{preset}.toml", preset_text(preset)), *facts)
    files = {"--preset": preset, "--config": config}
    where = ", ".join(f"{name} {value}" for name, value in files.items() if value is not None)
    if before_plugins is not None:
        named = [{**table, **own}.get("setting", default_setting()) for table in tables]
        before_plugins({name for each in named for name in _texts(each)})
    return [sweep_of(_narrowed(table, own), own, where, facts, data_dir) for table in tables]


def sweep_of(
    table: Table, given: Mapping[str, Any], where: str = "", files: Facts = (), data_dir: Path = DATA_DIR
) -> Sweep:
    """Return the sweep of a table. Given values override those of the table.

    where: the table's name in errors. files: facts about the TOML files that the table is from. data_dir: the folder
    below which imported datasets are looked for first.
    """

    def named(name: str) -> str:
        return flag(name) if name in given or not where else f"{where}: {name.replace('_', '-')}"

    values = {**table, **given}
    # First, because all other names may be those of classes in plug-ins.
    load_plugins(_texts(values.get("plugin")), named("plugin"))
    setting = _setting(values.pop("setting", default_setting()), named("setting"))
    known = setting.options.declared()
    for name in values:
        if name not in known:
            raise _not_known(setting, name, named(name), where)
    return Sweep(setting, setting.options.of(values, named), files=files, data_dir=data_dir)


def _setting(name: Any, where: str) -> Setting:
    if isinstance(name, list) and len(name) == 1:
        name = name[0]
    names = [setting.name for setting in listed_settings()]
    if name in SETTINGS.names() and setting_of(name).listed:
        return setting_of(name)
    raise unknown(where, str(name), names)


def _not_known(setting: Setting, name: str, named: str, where: str) -> InputError:
    every = {option for each in listed_settings() for option in each.options.declared()}
    if name in every:
        return foreign_option(setting, name, named)
    return unknown(where or "option", name.replace("_", "-"), [each.replace("_", "-") for each in {*every, "setting"}])


def _narrowed(table: Table, given: Mapping[str, Any]) -> Table:
    """Return the table without the options that are given.

    Its ``set`` values of methods and datasets that the given options no longer include are dropped as well.
    """
    kept = {name: value for name, value in table.items() if name not in given}
    replaced = {name for option in ("method", "dataset") if option in given for name in _names(table.get(option))}
    left_out = replaced - {name for option in ("method", "dataset") for name in _names(given.get(option))}
    sets = [text for text in _texts(kept.pop("set", None)) if _owner(text) not in left_out]
    return {**kept, "set": sets} if sets else kept


def _names(value: Any) -> list[str]:
    return [name.strip() for text in _texts(value) for name in text.split(",")]


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(text) for text in (value if isinstance(value, list | tuple) else [value])]


def _owner(text: str) -> str:
    return text.split(".")[0].strip()


def _from_folder(folder: Path, table: Table) -> Table:
    """Return the table with the paths of plug-ins relative to the folder of its file."""
    if "plugin" not in table:
        return table
    paths = [str(folder / text) if text.endswith(".py") else text for text in _texts(table["plugin"])]
    return {**table, "plugin": paths}


def _preset_tables(preset: str | None) -> list[Table]:
    return [{}] if preset is None else read_tables(preset_text(preset), f"--preset {preset}")


def _config_tables(config: Path | None, preset: str | None) -> tuple[list[Table], Facts]:
    """Return the tables of the user's file, and the fact about it."""
    if config is None:
        return [{}], ()
    text = config_text(config)
    tables = [_from_folder(config.parent, table) for table in read_tables(text, f"--config {config}")]
    if preset is not None and len(tables) > 1:
        raise InputError(
            f"--config: {config} has {len(tables)} sweeps (allowed together with --preset: options without [[sweep]])"
        )
    return tables, (file_fact("--config", config, text),)

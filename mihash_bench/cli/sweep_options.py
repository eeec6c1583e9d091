"""Which sweeps a call of ``run`` asks for: command line over ``--config`` over ``--preset`` over defaults."""

from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mihash_bench.errors import InputError

# Options that only the online setting has, by their names inside.
ONLINE_ONLY = {
    "triggers": "trigger",
    "examples": "examples",
    "epochs": "epochs",
    "reservoir": "reservoir",
    "update_interval": "update-interval",
    "threshold": "threshold",
}


def sweep_options(
    ctx: click.Context, given: dict[str, Any], preset: str | None, config: Path | None
) -> list[dict[str, Any]]:
    """Return the options of each sweep. ``given`` has a value for every option that says what to run.

    A config file beside a preset changes each of the preset's sweeps. Raises InputError for a file that is none.
    """
    tables = [{**one, **other} for one in _preset_tables(preset) for other in _config_tables(config, preset)]
    own = {name for name in given if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    where = ", ".join(f"{option} {name}" for option, name in (("--preset", preset), ("--config", config)) if name)
    sweeps = []
    for table in tables:
        asked = {name: text for name, text in table.items() if name not in own}
        left_out = {name for option in ("methods", "datasets") if option in own for name in _names(table, option)}
        asked = _without_sets_of(asked, left_out - {*(given["methods"] or ()), *given["datasets"]})
        sweeps.append(of_setting({**given, **typed(ctx, asked)}, own, asked.keys(), where))
    return sweeps


def _names(table: Mapping[str, str], option: str) -> list[str]:
    return [name.strip() for name in table.get(option, "").split(",")]


def _without_sets_of(table: dict[str, str], left_out: Set[str]) -> dict[str, str]:
    """Return a table without what it sets for methods or datasets that the command line has left out."""
    texts = [text for text in table.get("sets", "").split("\n") if text and text.split(".")[0].strip() not in left_out]
    others = {name: text for name, text in table.items() if name != "sets"}
    return {**others, "sets": "\n".join(texts)} if texts else others


def of_setting(options: dict[str, Any], own: Set[str], tabled: Set[str], where: str = "") -> dict[str, Any]:
    """Return a sweep's options with the methods that its setting has by default, and without those of another setting.

    Raises InputError if one of those was asked for: on the command line (``own``) or by a table, which is ``where``.
    """
    from mihash_bench.cli.run import USUAL_METHODS

    setting = options["setting"]
    methods = options["methods"] or USUAL_METHODS[setting]
    if setting == "online":
        return {**options, "methods": methods}
    for name, option in ONLINE_ONLY.items():
        if name in own | tabled:
            said = f"--{option}" if name in own or not where else f"{where}: {option}"
            instead = ", or --set METHOD.epochs=N" if name == "epochs" else ""
            raise InputError(f"{said}: {setting} has no stream and no trigger (allowed: leave it out{instead})")
    return {**{name: value for name, value in options.items() if name not in ONLINE_ONLY}, "methods": methods}


def typed(ctx: click.Context, table: Mapping[str, str]) -> dict[str, Any]:
    """Return the values that texts stand for, each read as the option of that name reads it."""
    types = {parameter.name: parameter for parameter in ctx.command.params}
    return {name: _value(ctx, types[name], text) for name, text in table.items()}


def _preset_tables(preset: str | None) -> list[dict[str, str]]:
    from mihash_bench.experiment.sweep_file import preset_text, read_sweeps

    return [{}] if preset is None else read_sweeps(preset_text(preset), f"--preset {preset}")


def _config_tables(config: Path | None, preset: str | None) -> list[dict[str, str]]:
    from mihash_bench.experiment.sweep_file import config_text, read_sweeps

    if config is None:
        return [{}]
    tables = read_sweeps(config_text(config), f"--config {config}")
    if preset is not None and len(tables) > 1:
        raise InputError(
            f"--config: {config} has {len(tables)} sweeps (allowed beside --preset: options without [[sweep]])"
        )
    return tables


def _value(ctx: click.Context, parameter: click.Parameter, text: str) -> Any:
    return parameter.type_cast_value(ctx, tuple(text.split("\n")) if parameter.multiple else text)

"""Command-line options derived from the options that the settings declare."""

from collections.abc import Callable
from typing import Any

import click

from mihash_bench.cli.complete import COMPLETIONS, Complete, words
from mihash_bench.experiment.options import Option, flag
from mihash_bench.parameters import Choice, Integer, Real
from mihash_bench.settings.base import Setting, listed_settings


def options_of_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--setting`` and every option that any setting declares. An option that is not given is None.

    Values remain text here; ``sweeps.choose`` parses them like those of a TOML file.
    """
    for name, owners in reversed(list(_by_name().items())):
        declared = owners[0].options.declared()[name]
        several = declared.many and not declared.separator
        command = click.option(
            flag(name),
            name,
            multiple=several,
            callback=_none_if_empty if several else None,
            metavar=_metavar(declared),
            shell_complete=COMPLETIONS.get(name) or _words(declared),
            help=f"{declared.help}{_only(owners)}  [{_defaults(name, owners)}{_range(declared)}]",
        )(command)
    settings = listed_settings()
    titles = ". ".join(f"{setting.name}: {setting.title}" for setting in settings)
    return click.option(
        "--setting",
        metavar="NAME",
        help=f"{titles}.  [default: {settings[0].name}]",
        shell_complete=COMPLETIONS["setting"],
    )(command)


def _by_name() -> dict[str, list[Setting]]:
    """Return the settings that have each option, with the options in the order of their declaration."""
    found: dict[str, list[Setting]] = {}
    for setting in listed_settings():
        for name in setting.options.declared():
            found.setdefault(name, []).append(setting)
    return found


def _only(owners: list[Setting]) -> str:
    if len(owners) == len(listed_settings()):
        return ""
    return f" Only for --setting {', '.join(setting.name for setting in owners)}."


def _defaults(name: str, owners: list[Setting]) -> str:
    texts = {setting.name: setting.options.default_text(name) for setting in owners}
    if len(set(texts.values())) == 1:
        return f"default: {next(iter(texts.values()))}"
    return "default: " + "; ".join(f"{text} for {setting}" for setting, text in texts.items())


def _range(declared: Option) -> str:
    """Return the allowed values, if they have an upper bound."""
    kind = declared.kind
    return f"; allowed: {kind}" if isinstance(kind, Integer) and kind.high is not None else ""


def _metavar(declared: Option) -> str:
    kind = declared.kind
    if not declared.separator:
        return str(kind)
    if isinstance(kind, Choice):
        name = "|".join(kind.options)
    else:
        name = {Integer: "INTEGER", Real: "NUMBER"}.get(type(kind), "NAME")
    return f"{name},..." if declared.many else name


def _words(declared: Option) -> Complete | None:
    """Return the completion of an option that takes certain words."""
    kind = declared.kind
    return words(lambda ctx: kind.options) if isinstance(kind, Choice) else None


def _none_if_empty(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...] | None:
    return value or None

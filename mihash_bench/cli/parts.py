"""The parts ``[table]``, ``[plot]`` and ``[report]`` of a sweep's TOML file, which hold options of these verbs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mihash_bench.cli.options import Named
from mihash_bench.errors import InputError, shown, unknown


def config_option(part: str) -> Callable[..., Any]:
    """Return the option ``--config`` of a verb. What is given on the command line overrides the file's part."""
    return click.option(
        "--config", type=Named("file", dir_okay=False), is_eager=True, expose_value=False, callback=_use(part),
        help=f"TOML file, such as that of the sweep, whose part [{part}] holds options of this verb.",
    )  # fmt: skip


def _use(part: str) -> Callable[[click.Context, click.Parameter, Path | None], None]:
    def use(ctx: click.Context, param: click.Parameter, path: Path | None) -> None:
        if path is not None and not ctx.resilient_parsing:
            ctx.default_map = _options(ctx, path, part)

    return use


def _options(ctx: click.Context, path: Path, part: str) -> dict[str, Any]:
    """Return the values of a part by parameter. Raises InputError, naming file and key, for one that is not allowed."""
    from mihash_bench.sweeps.files import config_text, read_part

    where = f"--config {path}: [{part}]"
    known = {_key(param): param for param in ctx.command.params if param.expose_value}
    options = {}
    for key, value in read_part(config_text(path), f"--config {path}", part).items():
        if key not in known:
            raise unknown(where, key, known)
        options[str(known[key].name)] = _value(known[key], value, f"{where} {key}")
    return options


def _key(param: click.Parameter) -> str:
    """Return the key of an option: its long name without dashes in front; of an argument its name."""
    longest = max(param.opts, key=len)
    return longest.lstrip("-")


def _value(param: click.Parameter, value: Any, where: str) -> Any:
    """Return a value as the command line would have it: a list as texts, or as a text with commas."""
    if isinstance(value, bool) != bool(getattr(param, "is_flag", False)):
        allowed = "true or false" if getattr(param, "is_flag", False) else "text, a number, or a list of them"
        raise InputError(f"{where}: {shown(value)} (allowed: {allowed})")
    if isinstance(value, bool):
        return value
    texts = [str(each) for each in (value if isinstance(value, list) else [value])]
    return texts if getattr(param, "multiple", False) else ",".join(texts)

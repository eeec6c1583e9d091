"""Options that several verbs share, and the types of their values."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.errors import shown, unknown
from mihash_bench.parameters import Size
from mihash_bench.text import shortened

# Longer names are shortened in messages.
NAME_CHARACTERS = 200


class Named(click.Path):
    """The path of a file or folder, which need not exist.

    An empty name is refused because it would silently mean the current folder. A name is also refused if the system
    cannot look it up: because it is too long, contains NUL, or lies in a folder that may not be read.
    """

    def __init__(self, what: str, **limits: Any) -> None:
        super().__init__(path_type=Path, **limits)
        self.what = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse names that cannot be used."""
        if not str(value):
            self.fail(f"it is empty (allowed: the name of a {self.what})", param, ctx)
        try:
            os.stat(value)  # noqa: PTH116 - pathlib hides some of the errors
        except (FileNotFoundError, NotADirectoryError):
            pass  # The verb decides whether it has to exist.
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it contains NUL"
            self.fail(
                f"{shortened(str(value), NAME_CHARACTERS)}: {reason} (allowed: the name of a {self.what})", param, ctx
            )
        return super().convert(value, param, ctx)


class Comma(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    """Values of one type, separated by commas. Repeated values count once."""

    def __init__(self, kind: Any = click.STRING) -> None:
        self.kind = click.types.convert_type(kind)
        self.name = f"{self.kind.name},..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, ...]:
        """Split the text and convert each part."""
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).split(",")]
        if not any(parts):
            self.fail("at least one value is needed", param, ctx)
        if not all(parts):
            self.fail(f"{shown(value)} has an empty entry (allowed: values separated by commas)", param, ctx)
        return tuple(dict.fromkeys(self.kind.convert(part, param, ctx) for part in parts))

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem[str]]":
        """Complete the last value as its type does."""
        before, comma, last = incomplete.rpartition(",")
        return [CompletionItem(f"{before}{comma}{item.value}") for item in self.kind.shell_complete(ctx, param, last)]


class EachOptionOnce(click.Command):
    """A command that refuses repeated options. Click would silently use the last value."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Check for repeated options, then parse as usual."""
        given = self.make_parser(ctx).parse_args(list(args))[2]
        for option in given:
            if ctx.resilient_parsing or not isinstance(option, click.Option) or option.multiple:
                continue
            if given.count(option) > 1:
                raise click.UsageError(f"{option.opts[0]}: given {given.count(option)} times (allowed: once)", ctx)
        return super().parse_args(ctx, args)


class Bytes(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    """A number of bytes, written as ``parameters.Size`` says."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Convert texts such as 800M, 2G or 1.5GiB."""
        try:
            return value if isinstance(value, int) else Size().parse(str(value))
        except ValueError:
            self.fail(f"{shown(value)} (allowed: {Size()})", param, ctx)


def check_name(name: str, known: Sequence[str]) -> None:
    """Raise InputError, naming the argument ``NAME``, if a name is not among the known ones."""
    if name not in known:
        raise unknown("NAME", name, known)


RESULTS_DEFAULT = Path("results")
_PATH = Named("folder")


def _load_plugins(ctx: click.Context, param: click.Parameter, specs: tuple[str, ...]) -> None:
    if specs and not ctx.resilient_parsing:
        from mihash_bench.plugins import load_plugins

        load_plugins(specs)


plugin_option = click.option(
    "--plugin", multiple=True, is_eager=True, expose_value=False, callback=_load_plugins,
    metavar="a Python file, or MODULE:CLASS", shell_complete=COMPLETIONS["plugin"],
    help="Python file with classes of your own, or MODULE:CLASS; may be repeated.",
)  # fmt: skip
provenance_option = click.option(
    "--no-provenance", is_flag=True,
    help="Leave out what made the output: no comment, no metadata, and no .provenance.json beside it.",
)  # fmt: skip
data_dir_option = click.option(
    "--data-dir",
    type=_PATH,
    default="datasets",
    show_default=True,
    help="Folder with the .mat files and with datasets that were imported into it.",
)
own_folder_option = click.option(
    "--data-dir", type=_PATH, help="Folder below which it is kept, for the same option of other verbs.  "
    "[default: the user's data folder, which all verbs look into]",
)  # fmt: skip
cache_dir_option = click.option(
    "--cache-dir", type=_PATH, help="Folder for prepared datasets.  [default: the user's cache folder]"
)
results_argument = click.argument("results", type=_PATH, default=RESULTS_DEFAULT)
results_option = click.option(
    "-o", "--results", type=_PATH, default=RESULTS_DEFAULT, show_default=True, help="Results folder."
)
jobs_option = click.option(
    "-j", "--jobs", type=click.IntRange(1), help="Maximum number of parallel runs.  [default: number of cores]"
)
timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    help="Time limit of each run in seconds.  [default: no limit]",
)
dry_run_option = click.option(
    "--dry-run",
    is_flag=True,
    help="List which runs would be done and which exist already, without running anything, "
    "and estimate their time from the finished runs in the results folder.",
)
code_option = click.option(
    "--code", type=click.Choice(("current", "all")), default="current", show_default=True,
    help="Runs of plug-ins whose code has changed. current: only those of the present code. all: also those of older "
    "code, as variants told apart by the digest of the code.",
)  # fmt: skip
format_option = click.option(
    "--format", "form", type=click.Choice(["markdown", "latex", "csv"]), default="markdown", show_default=True,
    help="Output format.",
)  # fmt: skip
strict_option = click.option(
    "--strict", is_flag=True, help="Fail if a run file cannot be used, instead of leaving it out."
)

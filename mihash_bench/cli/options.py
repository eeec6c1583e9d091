"""Options that several verbs share, and the types of their values."""

import re
from pathlib import Path
from typing import Any, ClassVar

import click


class Folder(click.Path):
    """A folder. The empty name is refused, since it would silently mean the current folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse the empty name."""
        if not str(value):
            self.fail("it is empty (allowed: the name of a folder)", param, ctx)
        return super().convert(value, param, ctx)


class Comma(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    """Values separated by commas, each of one type; a value named twice counts once."""

    def __init__(self, kind: Any = click.STRING) -> None:
        self.kind = click.types.convert_type(kind)
        self.name = f"{self.kind.name},..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, ...]:
        """Split the text and convert each part."""
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).split(",") if part.strip()]
        if not parts:
            self.fail("at least one value is needed", param, ctx)
        return tuple(dict.fromkeys(self.kind.convert(part, param, ctx) for part in parts))


class EachOptionOnce(click.Command):
    """A command that refuses an option given twice, of which click would silently take the last."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Look through the options, then parse as ever."""
        given = self.make_parser(ctx).parse_args(list(args))[2]
        for option in given:
            if isinstance(option, click.Option) and not option.multiple and given.count(option) > 1:
                raise click.UsageError(f"{option.opts[0]}: given {given.count(option)} times (allowed: once)", ctx)
        return super().parse_args(ctx, args)


class Size(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    """Bytes: a number with K, M, G or T behind it, powers of 1,024."""

    name = "size"
    UNITS: ClassVar[dict[str, int]] = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read such as 800M, 2G, 1.5GiB."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"([0-9]*\.?[0-9]+) ?([KMGT]?)(?:iB|B)?", str(value).strip(), re.IGNORECASE)
        size = int(float(found[1]) * 1024 ** self.UNITS[found[2].upper()]) if found else 0
        if size <= 0:
            self.fail(f"{value!r} (allowed: a size such as 800M or 2G)", param, ctx)
        return size


def complain(line: str) -> None:
    """Print a line about what is left out to the standard error."""
    click.echo(line, err=True)


RESULTS_DEFAULT = Path("results")
_PATH = Folder()

data_dir_option = click.option(
    "--data-dir", type=_PATH, default="datasets", show_default=True, help="Folder of the .mat files."
)
cache_dir_option = click.option(
    "--cache-dir", type=_PATH, help="Folder of prepared datasets.  [default: the user's cache folder]"
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
    help="Seconds after which a run is ended.  [default: no limit]",
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="List what would be run and what is there already, and run nothing."
)
strict_option = click.option(
    "--strict", is_flag=True, help="Fail when a run file cannot be used, instead of leaving it out."
)

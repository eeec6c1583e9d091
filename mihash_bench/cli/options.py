"""Options that several verbs share, and lists of values in one option."""

from pathlib import Path
from typing import Any

import click


class Comma(click.ParamType):
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


RESULTS_DEFAULT = Path("results")
_PATH = click.Path(path_type=Path)

data_dir_option = click.option(
    "--data-dir", type=_PATH, default="datasets", show_default=True, help="Where the .mat files are."
)
cache_dir_option = click.option(
    "--cache-dir", type=_PATH, help="Where prepared datasets go.  [default: the user's cache folder]"
)
results_argument = click.argument("results", type=_PATH, default=RESULTS_DEFAULT)

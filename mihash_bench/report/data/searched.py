"""What runs measured in search engines while they streamed (``run --search``): which engines have a column."""

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.store.columns import SEARCHED


def engines_in(rows: pd.DataFrame, column: str) -> list[str]:
    """Return the engines of which some row has the column, such as ``faiss-hash`` for ``search faiss-hash rebuild_s``.

    They are in the order of the columns.
    """
    ending = f" {column}"
    named = [name for name in rows.columns if name.startswith(SEARCHED) and name.endswith(ending)]
    return [name.removeprefix(SEARCHED).removesuffix(ending) for name in named if rows[name].notna().any()]


def not_measured(column: str) -> InputError:
    """Return the error about an x axis that no run has measured."""
    return InputError(f"--x: no finished run has {column} (allowed: with runs of `run --search`)")

"""Texts as cells of a CSV file that a spreadsheet does not run as formulas."""

import re
from functools import lru_cache
from typing import Any

import pandas as pd

from mihash_bench.text import printable

# The characters with which spreadsheets let a formula begin (OWASP, "CSV Injection"), also in their wide forms. A tab
# and a carriage return are written as escapes.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def text_cell(value: Any) -> str:
    """Return a text with visible control characters, behind an apostrophe if it would begin a formula.

    A text that is a number, such as ``-1``, is no formula and stays as it is.
    """
    text = printable(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def with_text_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose texts, names of columns included, are cells of a CSV file; numbers are unchanged."""
    # Most texts of a run are the same in all of its rows.
    cell = lru_cache(maxsize=None)(text_cell)

    def shown(value: Any) -> Any:
        return cell(value) if isinstance(value, str) else value

    columns = [
        frame[name] if pd.api.types.is_numeric_dtype(frame[name]) else frame[name].map(shown) for name in frame.columns
    ]
    return pd.concat(columns, axis=1, keys=[text_cell(name) for name in frame.columns])

"""The text of tables, which a notebook shows as HTML."""

from collections.abc import Sequence
from typing import Self

from mihash_bench.report.tables.model import Table


class TableText(str):
    """A text in one of the formats, together with the tables that it shows."""

    tables: Sequence[Table]

    def __new__(cls, text: str, tables: Sequence[Table]) -> Self:
        """Return the text, which is a ``str`` in every way."""
        made = super().__new__(cls, text)
        made.tables = tuple(tables)
        return made

    def _repr_html_(self) -> str:
        """Return the tables as HTML for a notebook, with all texts escaped."""
        # Imported late because only notebooks need templates.
        from mihash_bench.report.html.notebook import tables_html

        return tables_html(self.tables)

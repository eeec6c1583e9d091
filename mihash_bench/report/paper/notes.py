"""Numbered notes: the long sentences about tables, figures and claims, each of them once."""

from collections.abc import Iterable
from dataclasses import replace

from mihash_bench.report.tables.model import Table


class Notes:
    """Sentences in the order in which they are first referred to."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def refer(self, texts: Iterable[str]) -> str:
        """Return a reference such as ``notes 1, 3`` to some sentences, which are added if they are new, or ""."""
        sentences = [f"{text.strip().removesuffix('.')}." for text in texts if text.strip()]
        numbers = sorted({self._numbers.setdefault(each, len(self._numbers) + 1) for each in sentences})
        return f"note{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}" if numbers else ""

    def shortened(self, table: Table, caption: str) -> Table:
        """Return a table with a short caption, which refers to the notes that say the rest."""
        reference = self.refer([table.caption, *table.notes])
        return replace(table, caption=f"{caption} ({reference})" if reference else caption, notes=())

    def listed(self) -> list[str]:
        """Return the sentences by their numbers, beginning with 1."""
        return list(self._numbers)

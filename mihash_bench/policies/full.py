"""The policy of most papers: an update recodes the whole table."""

from typing import ClassVar

import numpy as np

from mihash_bench.policies.base import Positions, TablePolicy, TableState


class Full(TablePolicy):
    """An update recodes all N rows of the table, at the cost of N times b bits."""

    name: ClassVar[str] = "full"
    title: ClassVar[str] = "the whole table"

    def recoded(self, table: TableState) -> Positions:
        """Return all positions."""
        return np.arange(len(table.words))

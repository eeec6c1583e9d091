"""The policy of a database that is never coded again."""

from typing import ClassVar

import numpy as np

from mihash_bench.policies.base import Positions, TablePolicy, TableState


class Once(TablePolicy):
    """A row is coded when it enters the hash table, and never again.

    It is coded by the hash functions of the last update, as queries are. An update costs nothing and leaves the older
    rows with the codes of older hash functions. This has a meaning only for a table that grows.
    """

    name: ClassVar[str] = "once"
    title: ClassVar[str] = "a row is coded when it enters the table, and never again"
    needs_growing_table: ClassVar[bool] = True

    def recoded(self, table: TableState) -> Positions:
        """Return no row."""
        return np.empty(0, np.int64)

"""The policy of LEMON: the table contains the codes that were learned for the examples, which are never recoded."""

from typing import ClassVar

import numpy as np

from mihash_bench.policies.base import Positions, TablePolicy, TableState


class Learned(TablePolicy):
    """Rows of the stream have the codes that the method has learned for them, and an update recodes all others.

    This is what LEMON (Wang, Luo, Xu, MM 2020) does. The learned codes come from the labels of the rows, so that mAP is
    higher than with codes of features, the more so the larger a part of the database the stream is. Queries are coded
    by the newest hash functions, other rows by those of the last update. Rows of the stream cost no recomputation.
    """

    name: ClassVar[str] = "learned"
    citation: ClassVar[str] = "wang2020lemon"
    title: ClassVar[str] = "labels in the table"
    remark: ClassVar[str] = (
        "labels in the table. The codes of the rows of the stream were learned from their labels, so the values are "
        "not comparable with those under other policies"
    )
    keeps_learned_codes: ClassVar[bool] = True

    def start(self, n_database: int, random: np.random.Generator) -> None:
        """Begin a run without learned codes."""
        self.is_learned_ = np.zeros(n_database, np.bool_)

    def learned(self, positions: Positions) -> None:
        """Note that these rows of the table have learned codes from now on."""
        self.is_learned_[positions] = True

    def recoded(self, table: TableState) -> Positions:
        """Return the rows without a learned code."""
        return np.flatnonzero(~self.is_learned_[table.positions])

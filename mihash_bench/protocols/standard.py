"""The protocol of most papers: the whole database is in the hash table from the start."""

from typing import ClassVar

import numpy as np

from mihash_bench.datasets.base import Dataset
from mihash_bench.experiment.split import Split, draw_split
from mihash_bench.protocols.base import DataProtocol


class Standard(DataProtocol):
    """Queries are drawn as the dataset says, and all other rows are the database, from which the stream is drawn."""

    name: ClassVar[str] = "standard"
    title: ClassVar[str] = "the whole database is in the table from the start"
    draws_queries: ClassVar[bool] = False

    def split(self, dataset: Dataset, random: np.random.Generator) -> Split:
        """Draw the queries; see ``experiment.split.draw_split``."""
        return draw_split(dataset, random)

"""The runs of the paper study, and the notes for all figures and tables that use them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

METRIC = "mAP"
# The parts of the study: the datasets of the online experiments, the runs in the protocol of a published figure, and
# the two settings of the batch comparison, of which the second one may be left out.
PARTS = ("cifar10", "places205", "labelme")
PUBLISHED = "published"
BATCH = "batch"
BATCH_2 = "batch-2"


@dataclass(frozen=True)
class PaperRuns:
    """The runs to report.

    frame: ``comparable`` rows with one more column, ``part``: one of ``PARTS``, ``published``, ``batch``
    or ``batch-2``. notes: what
    must be said of a part, for example that it is a stand-in. quick, quick_batch: what must be said of all online
    parts, and of the batch part.
    """

    frame: pd.DataFrame
    notes: Mapping[str, str]
    quick: str = ""
    quick_batch: str = ""

    def of(self, *parts: str) -> pd.DataFrame:
        """Return the rows of some parts."""
        return self.frame[self.frame["part"].isin(parts)]

    def notes_on(self, *parts: str) -> list[str]:
        """Return the notes that concern some parts."""
        quick = self.quick_batch if BATCH in parts else self.quick
        return [note for note in [*(self.notes.get(part, "") for part in parts), quick] if note]

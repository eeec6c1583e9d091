"""The labels of an example, and rows of a codebook that labels take at first sight."""

from typing import Any

import numpy as np

from mihash_bench.errors import InputError


def labels_of(label: Any) -> list[int]:
    """Return the labels of one row of y, which is a number or a row of 0 and 1, in ascending order."""
    return [int(label)] if np.ndim(label) == 0 else np.flatnonzero(label).tolist()


class LabelRows:
    """Gives each label the next of ``count`` rows, or of any number, when it is seen for the first time.

    option: the parameter that limits the number of labels, with its value, for the error message.
    """

    def __init__(self, count: int | None = None, option: str = "") -> None:
        self.count, self.option = count, option
        self.rows: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, label: int) -> int:
        """Return the row of a label. Raises InputError, naming the option, if there is no row left for it."""
        if label not in self.rows and len(self.rows) == self.count:
            raise InputError(
                f"{self.option} (allowed: at least the number of labels in the stream, of which the codebook's "
                f"{self.count} rows hold one each)"
            )
        return self.rows.setdefault(label, len(self.rows))

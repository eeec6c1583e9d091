"""Everything random about one trial's stream, drawn or given: the same for every method, bits and trigger."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class StreamPlan:
    """What one trial streams, samples and measures.

    order: database positions in the order they are seen, shape (examples,). checkpoints: examples seen at each
    measurement, ascending, 0 for before the first. reservoir_start: database positions in the reservoir before
    the first example. start_keys, keys: the reservoir keys of those and of each example, uniform in [0, 1).
    """

    order: Positions
    checkpoints: Positions
    reservoir_start: Positions
    start_keys: NDArray[np.float64]
    keys: NDArray[np.float64]

    def __post_init__(self) -> None:
        if len(self.keys) != len(self.order) or len(self.start_keys) != len(self.reservoir_start):
            raise ValueError("stream: each example and each row in the reservoir at the start needs one key")
        points = self.checkpoints
        if not len(points) or (np.diff(points) <= 0).any() or points[0] < 0 or points[-1] > len(self.order):
            raise ValueError(f"stream: checkpoints must ascend within 0..{len(self.order)}")

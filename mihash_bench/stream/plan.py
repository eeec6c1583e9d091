"""All random choices of one trial's stream; they are the same for every method, code length and trigger."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class StreamPlan:
    """The stream of one trial, its checkpoints and its reservoir keys.

    order: database positions in the order of the stream, shape (examples,). checkpoints: number of examples seen at
    each checkpoint, ascending; 0 is before the first example. reservoir_start: database positions of the rows in the
    reservoir before the first example. start_keys, keys: reservoir keys of these rows and of the examples, uniform in
    [0, 1). Raises ValueError if the lengths do not match or the checkpoints do not ascend within the stream.
    """

    order: Positions
    checkpoints: Positions
    reservoir_start: Positions
    start_keys: NDArray[np.float64]
    keys: NDArray[np.float64]

    def __post_init__(self) -> None:
        if len(self.keys) != len(self.order) or len(self.start_keys) != len(self.reservoir_start):
            raise ValueError("stream: each example and each initial row of the reservoir needs one key")
        points = self.checkpoints
        if not len(points) or (np.diff(points) <= 0).any() or points[0] < 0 or points[-1] > len(self.order):
            raise ValueError(f"stream: checkpoints must ascend within 0..{len(self.order)}")

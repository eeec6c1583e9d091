"""All random choices of one trial's stream; they are the same for every method, code length and trigger."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Round:
    """What happens to a growing hash table after a part of the stream.

    stop: number of examples seen at the end of the round. rows: database positions of the rows that then enter the
    table. queries: numbers of the queries that are asked from then on, until the next round. earlier: those of all
    rounds so far, if they are asked as well.
    """

    stop: int
    rows: Positions
    queries: Positions
    earlier: Positions | None = None


@dataclass(frozen=True)
class StreamPlan:
    """The stream of one trial, its checkpoints and its reservoir keys.

    order: positions in the order of the stream, shape (examples,); they count the rows that may be learned from, which
    are those of the database unless a protocol says otherwise. checkpoints: number of examples seen at each checkpoint,
    ascending; 0 is before the first example. reservoir_start: positions of the rows in the reservoir before the first
    example. start_keys, keys: reservoir keys of these rows and of the examples, uniform in [0, 1). rounds: when rows
    enter the hash table; none if all of them are there from the start. Raises ValueError if the lengths do not match,
    if the checkpoints do not ascend within the stream, or if one of them is not at the end of a round.
    """

    order: Positions
    checkpoints: Positions
    reservoir_start: Positions
    start_keys: NDArray[np.float64]
    keys: NDArray[np.float64]
    rounds: tuple[Round, ...] = ()

    def __post_init__(self) -> None:
        if len(self.keys) != len(self.order) or len(self.start_keys) != len(self.reservoir_start):
            raise ValueError("stream: each example and each initial row of the reservoir needs one key")
        points = self.checkpoints
        if not len(points) or (np.diff(points) <= 0).any() or points[0] < 0 or points[-1] > len(self.order):
            raise ValueError(f"stream: checkpoints must ascend within 0..{len(self.order)}")
        if self.rounds and not np.isin(points, [each.stop for each in self.rounds]).all():
            raise ValueError("stream: a checkpoint must be at the end of a round")

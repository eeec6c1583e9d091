"""What learning costs, as methods state it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Time and memory of learning, as growth rates in words such as ``O(d b) an example``.

    n is the number of database rows, or of training points of a batch method; d is the number of features and b that of
    bits. The texts explain any other letter. power_of_d: the highest power of d in the time of an example, by which
    sweeps are cut into shards of equal cost.
    """

    time: str
    memory: str
    power_of_d: int = 1

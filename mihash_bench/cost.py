"""What learning costs, as methods state it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Time and memory of learning, as growth rates in words such as ``O(d b) an example``.

    n is the number of database rows, or of training points of a batch method; d is the number of features and b that of
    bits. The texts explain any other letter.
    """

    time: str
    memory: str

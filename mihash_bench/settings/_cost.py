"""A fixed formula for the cost of a run. It balances shards, and it scales the times of past runs to other sizes.

The unit is about a nanosecond of one core. The constants are rounded measurements of one machine and are the same
everywhere: the cut of a sweep into shards depends on them. Whole numbers are used, which no machine rounds otherwise.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mihash_bench.datasets.base import Shape

# Beginning a run: its process, its split and its neighbors.
START = 400_000_000
# Coding a value of a row: once, and for each 64 bits of its code.
READ, CODE = 1, 2
# Comparing a pair of codes, for each 64 bits, and the most queries that are assumed.
PAIR, QUERIES = 1, 1_000
# Learning from an example, besides what grows with the number of features and bits; for each feature and bit.
EXAMPLE, WEIGHT = 30_000, 1
# A step in a network for each pixel of an image.
PIXEL = 1_000


def words(bits: int) -> int:
    """Return the number of 64-bit words of a code."""
    return -(-bits // 64)


def table_cost(shape: "Shape", bits: int) -> int:
    """Return the cost of coding and evaluating a table once: n d (1 + 2 w) + n q w, with q queries and w words."""
    coding = shape.rows * shape.columns * (READ + CODE * words(bits))
    return coding + shape.rows * min(QUERIES, shape.rows) * PAIR * words(bits)


def learning_cost(method: Any, examples: int, columns: int, bits: int) -> int:
    """Return the cost of learning from some examples: for each 30,000 + d b, plus d^p if the method's cost says so.

    It is 0 for a method that is never trained.
    """
    if not getattr(method, "learns", True):
        return 0
    stated = getattr(method, "cost", None)
    power = 1 if stated is None else stated.power_of_d
    return examples * (EXAMPLE + WEIGHT * columns * bits + (columns**power if power > 1 else 0))

"""The order in which a stream visits the database."""

import numpy as np
from numpy.typing import NDArray


def draw_order(n_database: int, examples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the database positions of the examples, shape (examples,).

    Each epoch is a new permutation of the database; the last epoch may be incomplete.
    """
    epochs = -(-examples // n_database)
    return np.concatenate([rng.permutation(n_database) for _ in range(epochs)])[:examples]

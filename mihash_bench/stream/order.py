"""The order in which a stream visits the database."""

import numpy as np
from numpy.typing import NDArray


def draw_order(n_database: int, examples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return ``examples`` database positions: a new permutation of the whole database for each epoch begun.

    Within one epoch nothing is drawn twice.
    """
    epochs = -(-examples // n_database)
    return np.concatenate([rng.permutation(n_database) for _ in range(epochs)])[:examples]

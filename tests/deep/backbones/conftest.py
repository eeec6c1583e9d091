"""A few images, and backbones of the user's."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def images():
    """Eight smooth images of 32 x 32, uint8 of shape (8, 32, 32, 3)."""
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 256, (8, 4, 4, 3))
    return np.repeat(np.repeat(corners, 8, axis=1), 8, axis=2).astype(np.uint8)

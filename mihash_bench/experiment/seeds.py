"""Named random numbers: the same names give the same numbers, regardless of what else runs and in which order."""

import hashlib

import numpy as np


def _number(name: str | int) -> int:
    return int.from_bytes(hashlib.sha256(str(name).encode()).digest()[:4], "little")


def seed_sequence(seed: int, *names: str | int) -> np.random.SeedSequence:
    """Return the seed sequence for a purpose, such as ``seed_sequence(0, "stream", "cifar10", 2)``."""
    return np.random.SeedSequence(seed, spawn_key=tuple(_number(name) for name in names))


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Return the random generator for a purpose; see ``seed_sequence``."""
    return np.random.default_rng(seed_sequence(seed, *names))

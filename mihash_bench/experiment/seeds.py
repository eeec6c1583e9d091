"""Random numbers by name: the same names give the same numbers, whatever else runs and in whatever order."""

import hashlib

import numpy as np


def _number(name: str | int) -> int:
    return int.from_bytes(hashlib.sha256(str(name).encode()).digest()[:4], "little")


def seed_sequence(seed: int, *names: str | int) -> np.random.SeedSequence:
    """Return the seed sequence of a purpose, such as ``seed_sequence(0, "stream", "cifar10", 2)``."""
    return np.random.SeedSequence(seed, spawn_key=tuple(_number(name) for name in names))


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Return a generator for a purpose."""
    return np.random.default_rng(seed_sequence(seed, *names))

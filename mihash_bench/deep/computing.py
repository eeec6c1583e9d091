"""How PyTorch computes during a run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from mihash_bench.errors import InputError


@contextmanager
def reproducible(threads: int, device: str = "cpu") -> Iterator[None]:
    """Compute on this number of threads, with algorithms that always give the same result, inside the block.

    On a GPU, some layers have no such algorithm; PyTorch then warns.
    """
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=device != "cpu")
    if device != "cpu":
        # Without it, products of matrices have no such algorithm on a GPU either.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])


def check_there(device: str) -> None:
    """Raise InputError, naming ``--device``, if PyTorch cannot compute on this kind of device."""
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("--device: cuda is not there, or PyTorch was built without it (allowed: cpu)")

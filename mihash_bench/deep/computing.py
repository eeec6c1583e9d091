"""How PyTorch computes during a run."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from mihash_bench.errors import InputError


@contextmanager
def reproducible(threads: int) -> Iterator[None]:
    """Compute on this number of threads, with algorithms that always give the same result, inside the block."""
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=False)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])


def check_there(device: str) -> None:
    """Raise InputError, naming ``--device``, if PyTorch cannot compute on this kind of device."""
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("--device: cuda is not there, or PyTorch was built without it (allowed: cpu)")

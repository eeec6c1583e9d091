"""How PyTorch computes during a run."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import torch

from mihash_bench.errors import InputError

# Of glibc's malloc.h: how much freed memory is kept, and from which size on memory is always asked of the system.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 1 << 30


@contextmanager
def reproducible(threads: int, device: str = "cpu") -> Iterator[None]:
    """Compute on this number of threads, with algorithms that always give the same result, inside the block.

    On a GPU, some layers have no such algorithm; PyTorch then warns.
    """
    _keep_freed_memory()
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


def _keep_freed_memory() -> None:
    """Let the process use the memory of large tensors again instead of returning it to the system each time.

    Otherwise a quarter of the time can go into clearing new pages, because the outputs of the first layers are larger
    than the size up to which glibc keeps memory. Other C libraries are left as they are.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            libc = ctypes.CDLL("libc.so.6")
            libc.mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)
            libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)

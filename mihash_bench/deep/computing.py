"""How PyTorch computes: the number of threads, and only with algorithms that give the same bits each time."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import torch

# Of glibc's malloc.h: from which size on memory is asked of the system, and how much freed memory is kept.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 1 << 30


@contextmanager
def computing(threads: int) -> Iterator[None]:
    """Use so many threads, and deterministic algorithms only, within the block.

    The number of threads changes the last bits of results, because sums are taken in another order.
    """
    _keep_freed_memory()
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])


def _keep_freed_memory() -> None:
    """Let the process use the memory of large tensors again instead of returning it to the system each time.

    Otherwise a third of the time goes into clearing new pages, because the outputs of the first layers are larger than
    the size up to which glibc keeps memory. Other C libraries are left as they are.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            libc = ctypes.CDLL("libc.so.6")
            libc.mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)
            libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)

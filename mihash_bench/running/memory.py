"""The memory that a run uses by itself."""

import psutil


def descendants_memory(pid: int) -> int:
    """Return the resident bytes of a process's descendants without shared pages of files, or 0 if there are none.

    Pages that were written before the fork count although they are shared until one of the processes writes to them.
    """
    try:
        family = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return 0
    return sum(_own(process) for process in family)


def _own(process: psutil.Process) -> int:
    try:
        memory = process.memory_info()
    except psutil.Error:
        return 0
    return int(memory.rss - getattr(memory, "shared", 0))

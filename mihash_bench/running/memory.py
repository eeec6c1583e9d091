"""The memory that a run uses by itself."""

import psutil


def own_memory(pid: int) -> int:
    """Return the resident bytes of a process and its descendants without shared pages, or 0 if it has ended.

    Modules that were imported before the fork count although their pages are shared until they are written to.
    """
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(_own(process) for process in family)


def _own(process: psutil.Process) -> int:
    try:
        memory = process.memory_info()
    except psutil.Error:
        return 0
    return int(memory.rss - getattr(memory, "shared", 0))

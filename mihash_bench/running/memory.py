"""How much memory a run has for itself."""

import psutil


def own_memory(pid: int) -> int:
    """Return the bytes that a process and its descendants hold, without pages of files that others can map as well.

    0 when it has ended. What was imported before the fork counts although it is shared until it is written to.
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

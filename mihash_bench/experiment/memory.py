"""How much memory a run has for itself."""

import psutil


def own_memory(pid: int) -> int:
    """Return the bytes that a process and its descendants hold, without pages of files that others can map as well.

    0 when it has ended. What was imported before the fork counts although it is shared until it is written to.
    """
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            memory = process.memory_info()
            total += memory.rss - getattr(memory, "shared", 0)
    except psutil.Error:
        pass
    return total

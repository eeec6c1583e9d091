"""Cores, memory and settings of threads."""

import os
from collections.abc import Iterator

from mihash_bench.doctor.finding import Finding
from mihash_bench.running.forkserver import THREAD_VARIABLES

GIB = 2**30
# A run of the default sweep needs less than this.
LEAST_MEMORY = GIB


def check_machine() -> Iterator[Finding]:
    """Report the cores that this process may use, the memory, and variables that set numbers of threads."""
    import joblib
    import psutil

    yield _cores(joblib.cpu_count(), os.cpu_count() or 1, os.getloadavg()[0])
    yield from _threads()
    memory = psutil.virtual_memory()
    said = f"{memory.available / GIB:.1f} GiB of {memory.total / GIB:.1f} GiB are available"
    sizes = {"available_bytes": memory.available, "total_bytes": memory.total}
    if memory.available < LEAST_MEMORY:
        yield Finding(
            "memory", "problem", said, "end other programs, or use a small -j so that fewer runs share it", sizes
        )
    else:
        yield Finding("memory", "ok", said, facts=sizes)


def _cores(cores: int, all_cores: int, load: float) -> Finding:
    facts = {"cores": cores, "machine_cores": all_cores, "load": load}
    said = f"{cores} for this process, {all_cores} in the machine; the load is {load:.1f}"
    if load > all_cores:
        advice = "end other programs before you measure; times of runs are not comparable on a busy machine"
        return Finding("cores", "problem", said, advice, facts)
    return Finding("cores", "ok", said, facts=facts)


def _threads() -> Iterator[Finding]:
    given = {name: os.environ[name] for name in THREAD_VARIABLES if name in os.environ}
    if given:
        said = ", ".join(f"{name}={value}" for name, value in given.items())
        yield Finding("threads", "note", f"{said}; runs do not use them, but --threads", facts=given)
    else:
        yield Finding("threads", "ok", "one for each run (--threads)", facts=given)

"""The origin of results: versions, commit, machine and threads."""

import json
import os
import platform
import resource
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from threadpoolctl import threadpool_info

PACKAGES = ("mihash-bench", "numpy", "scipy", "numba", "h5py")


def now() -> str:
    """Return the current time in UTC as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _git(*arguments: str) -> str | None:
    """Return git's answer about the folder of this package, or None if git fails or does not track it."""
    try:
        answer = subprocess.run(
            ["git", *arguments], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def git_state() -> dict[str, Any]:
    """Return the commit of the package's checkout ("" if there is none), and whether it has uncommitted changes."""
    if _git("ls-files", "--error-unmatch", Path(__file__).name) is None:
        return {"git_commit": "", "git_dirty": False}
    return {"git_commit": _git("rev-parse", "HEAD") or "", "git_dirty": bool(_git("status", "--porcelain"))}


def machine() -> str:
    """Return system, processor, number of cores and memory as JSON."""
    facts = {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
    }
    return json.dumps(facts, sort_keys=True)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def versions() -> str:
    """Return the versions of Python, this package and the libraries that its results depend on, as JSON."""
    return json.dumps({"python": platform.python_version(), **{name: version(name) for name in PACKAGES}})


def thread_limits() -> str:
    """Return the thread pools of this process, their sizes and their target processors, as JSON.

    The processor is recorded because matrix products are rounded differently on another one.
    """
    pools = [
        {"library": pool["internal_api"], "threads": pool["num_threads"], "architecture": pool.get("architecture", "")}
        for pool in threadpool_info()
    ]
    return json.dumps(pools)


def peak_memory_bytes() -> int:
    """Return the peak resident set size of this process, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def environment() -> dict[str, Any]:
    """Return the versions, machine, threads and commit of this process as attributes of a run file."""
    return {"versions": versions(), "machine": machine(), "threads": thread_limits(), **git_state()}

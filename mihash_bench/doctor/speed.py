"""Speed of matrix products and of the pass over the codes, which take most of the time of a run."""

import time
from collections.abc import Callable, Iterator

from mihash_bench.doctor.finding import Finding

# Slower machines than these lack an optimised BLAS, or compiled code that uses the processor's instructions.
LEAST_GFLOPS, MOST_NS_PER_PAIR = 2.0, 5.0
SIZE, TRIES = 768, 3
QUERIES, ITEMS, BITS = 200, 50_000, 32
BUSY = "end other programs and try again"
WHEEL = "pip install --force-reinstall numpy, which comes with OpenBLAS"


def check_blas() -> Iterator[Finding]:
    """Report the BLAS library of NumPy and its speed with one thread, in float64."""
    import numpy as np
    from threadpoolctl import threadpool_info, threadpool_limits

    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((SIZE, SIZE)), rng.standard_normal((SIZE, SIZE))
    with threadpool_limits(1):
        speed = 2 * SIZE**3 / _seconds(lambda: a @ b) / 1e9
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    library = ", ".join(dict.fromkeys(f"{pool['internal_api']} {pool['version']}" for pool in pools))
    facts = {"library": library, "gflops": speed}
    said = f"{library or 'unknown'}, {speed:.1f} GFLOP/s with one thread"
    if not pools:
        yield Finding("BLAS", "problem", f"{said}; its threads cannot be limited", WHEEL, facts)
    elif speed < LEAST_GFLOPS:
        advice = f"{BUSY}, or {WHEEL}"
        yield Finding("BLAS", "problem", f"{said} (expected: at least {LEAST_GFLOPS:g})", advice, facts)
    else:
        yield Finding("BLAS", "ok", said, facts=facts)


def check_pass() -> Iterator[Finding]:
    """Report the time for one pair of a query and an item in the pass over the codes, with one thread."""
    import numpy as np

    from mihash_bench.codes import pack
    from mihash_bench.metrics._levels import level_counts
    from mihash_bench.neighbors import QueryRelevance, SharedLabels

    rng = np.random.default_rng(0)
    queries, table = (pack(rng.random((rows, BITS)) < 0.5) for rows in (QUERIES, ITEMS))
    labels, rows = rng.integers(10, size=QUERIES + ITEMS), np.arange(QUERIES + ITEMS)
    relevance = QueryRelevance(SharedLabels(), rows[:, None], labels, rows[:QUERIES], rows[QUERIES:])
    each = _seconds(lambda: level_counts(queries, table, relevance, BITS)) / (QUERIES * ITEMS) * 1e9
    said, facts = f"{each:.2f} ns for each pair of {BITS}-bit codes", {"ns_per_pair": each}
    if each > MOST_NS_PER_PAIR:
        advice = f"{BUSY}, or pip install --upgrade numba"
        yield Finding("popcount pass", "problem", f"{said} (expected: at most {MOST_NS_PER_PAIR:g})", advice, facts)
    else:
        yield Finding("popcount pass", "ok", said, facts=facts)
    yield from _compiled_code()


def _compiled_code() -> Iterator[Finding]:
    from mihash_bench.compiling import is_kept

    if is_kept():
        yield Finding("compiled code", "ok", "it is kept for later commands", facts={"kept": True})
    else:
        advice = "set NUMBA_CACHE_DIR to a folder that can be written to"
        yield Finding(
            "compiled code", "problem", "it cannot be kept: each command compiles again", advice, {"kept": False}
        )


def _seconds(work: Callable[[], object]) -> float:
    """Return the least processor time of a few tries, after one that is not measured."""
    work()
    return min(_once(work) for _ in range(TRIES))


def _once(work: Callable[[], object]) -> float:
    # Not the time of a clock, which would be that of a busy machine.
    began = time.thread_time()
    work()
    return time.thread_time() - began

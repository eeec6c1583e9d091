"""All checks, one after the other. A check that fails is a finding like any other."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from mihash_bench.doctor.disks import check_cache, check_results_disk, check_temporary
from mihash_bench.doctor.finding import Finding
from mihash_bench.doctor.machine import check_machine
from mihash_bench.doctor.processes import check_processes
from mihash_bench.doctor.speed import check_blas, check_pass
from mihash_bench.doctor.versions import check_extras, check_versions
from mihash_bench.text import message_of, one_line

Check = Callable[[], Iterator[Finding]]


def examine(results: Path, cache_dir: Path | None) -> Iterator[Finding]:
    """Yield the findings of all checks.

    results: the folder whose disk is checked. cache_dir: the folder for prepared datasets, None for the usual one.
    """
    checks: dict[str, Check] = {
        "versions": check_versions,
        "machine": check_machine,
        "BLAS": check_blas,
        "popcount pass": check_pass,
        "results folder": partial(check_results_disk, results),
        "cache": partial(check_cache, cache_dir),
        "temporary folder": check_temporary,
        "processes": check_processes,
        "extras": check_extras,
    }
    for name, check in checks.items():
        yield from attempt(name, check)


def attempt(name: str, check: Check) -> Iterator[Finding]:
    """Yield the findings of a check. An exception is one more finding, as is the import of a broken library."""
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001 - a broken installation raises whatever it raises
        said = one_line(f"{type(error).__name__}: {message_of(error)}")
        yield Finding(
            name, "broken", said, "install mihash-bench anew in a fresh environment, if the advice above does not help"
        )

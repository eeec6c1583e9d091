"""Time and memory of ``status`` and ``table`` on a results folder with many run files, without and with its caches.

The run files are valid but their numbers are random: 5 methods, 4 code lengths, both triggers, 5 trials, and as many
seeds as needed. Usage: ``python benchmarks/results_folder.py [--runs 20000] [--keep FOLDER] [--page PAGE]``.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count, islice, product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from joblib import Parallel, delayed
from measure import markdown
from page import write_part

from mihash_bench.datasets.sample import Sample
from mihash_bench.experiment.config import canonical, run_key
from mihash_bench.parameters import defaults
from mihash_bench.registry import METHODS
from mihash_bench.settings._online_options import POSTER_METHODS, OnlineConfig, OnlineOptions
from mihash_bench.settings.base import setting_of
from mihash_bench.store.columns import COST_COLUMNS
from mihash_bench.store.layout import run_path
from mihash_bench.store.origin import origin_columns
from mihash_bench.store.record import Columns, RunRecord
from mihash_bench.store.run_file import write_run

CHECKPOINTS, QUERIES, FEATURES, DECISIONS = 50, 1_000, 64, 200
DIGEST = "0" * 64
HEADER = ["command", "kept before", "time", "processor time of all processes", "peak memory of one process"]


def configs() -> Iterator[OnlineConfig]:
    """Yield configs of different runs without end."""
    options = OnlineOptions()
    for seed, method, bits, trigger, trial in (
        (seed, *rest) for seed in count() for rest in product(POSTER_METHODS, (8, 16, 32, 64), ("on", "off"), range(5))
    ):
        yield OnlineConfig(
            setting="online",
            dataset="sample",
            dataset_parameters=canonical(Sample, defaults(Sample)),
            method=method,
            method_parameters=canonical(METHODS.get(method), defaults(METHODS.get(method))),
            bits=bits,
            trial=trial,
            trigger=trigger,
            metrics=("mAP",),
            seed=seed,
            checkpoints=options.checkpoints,
            examples=2000,
            reservoir=options.reservoir,
            update_interval=options.update_interval,
            threshold=options.threshold,
        )


def record(config: OnlineConfig) -> RunRecord:
    """Return a valid record with random numbers."""
    rng = np.random.default_rng([config.seed, config.bits, config.trial, len(config.method)])
    method = METHODS.get(config.method)
    ap = np.clip(rng.normal(0.3, 0.1, QUERIES), 0, 1)
    curve = {name: rng.random(CHECKPOINTS).cumsum() for name in COST_COLUMNS}
    counts = {name: np.arange(CHECKPOINTS) for name in ("updates", "bit_recomputations", "queries_without_relevant")}
    examples = np.arange(1, CHECKPOINTS + 1) * (config.examples // CHECKPOINTS)
    curve |= {"mAP": np.linspace(0.1, ap.mean(), CHECKPOINTS), **counts, "examples": examples}
    trigger = {name: np.arange(float(DECISIONS)) for name in ("examples", "q_current", "q_snapshot")}
    trigger["updated"] = np.arange(DECISIONS) < CHECKPOINTS - 1
    final = {"ap_expected": ap, "ap_index": ap, "queries": np.arange(QUERIES)}
    final |= {"W": rng.standard_normal((FEATURES, config.bits))}
    setting = setting_of("online")
    about = {
        **config.names,
        "variant": "",
        "protocol": setting.protocol(config, examples=2000),
        "metrics": ",".join(config.metrics),
        "config": config.to_json(),
        "key": run_key(config, DIGEST, method.version),
        "dataset_digest": DIGEST,
        "method_version": method.version,
        "method_title": method.title,
        "dataset_title": Sample.title,
        "status": "done",
        "reason": "",
        "traceback": "",
        "started": "2026-01-01T00:00:00+00:00",
        "ended": "2026-01-01T00:00:00+00:00",
        "versions": "{}",
        "machine": "{}",
        "git_commit": "",
        "git_dirty": False,
        "threads": "[]",
        "peak_memory_bytes": 1,
        "table_s_is": "",
    }
    return RunRecord(about, curve, trigger, final, {"mean": np.zeros(FEATURES)}, origin(config))


def origin(config: OnlineConfig) -> Columns:
    """Return what made a run, about 1.5 kB, which differs in length from run to run as the real one does."""
    command = ["mihash-bench", "run", "--method", config.method, "--bits", str(config.bits), "--seed", str(config.seed)]
    packages = {f"package-{number}": f"{number}.{number}.{number}" for number in range(50)}
    return origin_columns({"command": " ".join(command), "packages": packages, "note": "x" * 200})


def fill(results: Path, runs: int) -> None:
    """Write the files of some runs."""
    chosen = list(islice(configs(), runs))
    Parallel(-1)(delayed(_write)(results, part) for part in np.array_split(np.array(chosen, dtype=object), 40))


def _write(results: Path, chosen: list[OnlineConfig]) -> None:
    for config in chosen:
        made = record(config)
        write_run(run_path(results, key=str(made.attributes["key"]), **config.names), made)


def measure(verb: str, kept: str, results: Path) -> list[str]:
    """Return a row of the table: the time of a command, the processor time and the peak memory of its processes."""
    command = [sys.executable, "-m", "mihash_bench.cli", verb, str(results)]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{verb}: exit status {status}")
    seconds, processor = time.perf_counter() - began, usage.ru_utime + usage.ru_stime
    return [f"`{verb}`", kept, f"{seconds:.1f} s", f"{processor:.1f} s", f"{usage.ru_maxrss / 1024:.0f} MiB"]


def forget(results: Path, *names: str) -> None:
    """Remove what a results folder keeps."""
    for name in names:
        (results / "runs" / name).unlink(missing_ok=True)


def main() -> None:
    """Measure, print one row for each command, and write the table into the page if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--keep", type=Path, help="use this folder, and fill it if it does not exist")
    parser.add_argument("--page", type=Path, help="write the table into the part `results-folder` of this page")
    given = parser.parse_args()
    with TemporaryDirectory() as temporary:
        results = given.keep or Path(temporary) / "results"
        if not results.exists():
            fill(results, given.runs)
        table = markdown(HEADER, list(rows_of(results)))
    print(f"{given.runs:,} run files\n{table}")
    if given.page is not None:
        write_part(given.page, "results-folder", table)


def rows_of(results: Path) -> Iterator[list[str]]:
    """Yield the rows of the table, each of a command with what was kept before."""
    for verb in ("status", "table"):
        forget(results, ".index", ".derived")
        for kept in ("nothing", "index and comparisons"):
            yield measure(verb, kept, results)
    forget(results, ".derived")
    yield measure("table", "index", results)


if __name__ == "__main__":
    main()

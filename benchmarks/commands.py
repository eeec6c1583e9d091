"""Timing of complete commands as users call them, including start-up, and the scaling of parallel runs."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import textbook
from measure import Ratio, seconds

from mihash_bench.datasets.base import default_cache_dir
from mihash_bench.experiment.retrieval import draw_retrieval
from mihash_bench.registry import DATASETS
from mihash_bench.store.run_file import RunRecord, read_run

COMMAND = [sys.executable, "-m", "mihash_bench.cli"]
STEPS = 500


def run(arguments: list[str], results: Path) -> float:
    """Run a sweep as a command and return its wall time in seconds."""
    began = time.perf_counter()
    done = subprocess.run(
        [*COMMAND, "run", *arguments, "-o", str(results)], capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"bench: {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return took


def timed_run(arguments: list[str]) -> tuple[float, RunRecord]:
    """Perform one run as a command in a temporary folder and return its seconds and the content of its file."""
    with tempfile.TemporaryDirectory() as folder:
        took = run([*arguments, "--trials", "1", "-j", "1"], Path(folder))
        (path,) = Path(folder).rglob("*.h5")
        return took, read_run(path)


def whole_run(data: list[str], dataset: str, data_dir: Path, repetitions: int = 3) -> Ratio:
    """Compare a default MIHash run with the textbook implementation.

    The latter is timed on a part of the work and scaled to the steps, table updates and evaluations of our run."""
    arguments = [*data, "--method", "mihash", "--trigger", "on"]
    timed_run(arguments)
    parts = TextbookRun(dataset, data_dir)
    slow, fast = [], []
    for _ in range(repetitions):
        took, record = timed_run(arguments)
        updates, mAP = record.curve["updates"], record.curve["mAP"]
        evaluations = 1 + int((np.diff(updates) > 0).sum())
        slow.append(parts.seconds(int(record.curve["examples"][-1]), int(updates[-1]), evaluations))
        fast.append(took)
        assert np.isfinite(mAP).all()
    what = f"one whole {dataset} run as a command, MIHash, trigger on, 50 checkpoints: textbook / ours"
    return Ratio(what, tuple(slow), tuple(fast), "25")


class TextbookRun:
    """The textbook implementation on a dataset's own features, in double precision."""

    def __init__(self, dataset: str, data_dir: Path) -> None:
        prepared = DATASETS.get(dataset)().load(data_dir, default_cache_dir())
        split = draw_retrieval(prepared, 0)
        self.X = prepared.features[split.database].astype(np.float64)
        self.Q = prepared.features[split.queries].astype(np.float64)
        assert prepared.labels is not None
        self.y, self.y_queries = prepared.labels[split.database], prepared.labels[split.queries]
        self.stream = textbook.Stream(self.X, self.y, np.arange(200), np.arange(200, len(self.X)))
        self.W = np.random.default_rng(0).normal(size=(self.X.shape[1], 32))
        self.W /= np.linalg.norm(self.W, axis=0)

    def seconds(self, examples: int, updates: int, evaluations: int) -> float:
        """Return the estimated time of a run. Steps, table updates and evaluations are each timed once on a part."""
        some = 100
        training = seconds(lambda: textbook.train(self.stream, self.W, STEPS)) * examples / STEPS
        coding = seconds(lambda: textbook.encode(self.X, self.W)) * (updates + 1)
        table, queries = textbook.encode(self.X, self.W), textbook.encode(self.Q[:some], self.W)
        ranking = seconds(lambda: textbook.average_precisions(table, queries, self.y, self.y_queries[:some]))
        return training + coding + ranking * len(self.Q) / some * evaluations


def places_run(bare_ns: float) -> dict[str, float]:
    """Perform a run of Places205's size and return its memory and the share of its time that counting bits takes."""
    took, record = timed_run(["--dataset", "places205-synthetic", "--method", "mihash", "--trigger", "on"])
    evaluations = 1 + int((np.diff(record.curve["updates"]) > 0).sum())
    items, queries = 2_448_873 - 4_100, 4_100
    return {
        "wall time, s": took,
        "peak memory, GiB": float(record.attributes["peak_memory_bytes"]) / 2**30,
        "evaluations": float(evaluations),
        "(pairs evaluated x ns per pair of a bare pass) / wall time": evaluations
        * items
        * queries
        * bare_ns
        * 1e-9
        / took,
        **{name: float(column[-1]) for name, column in record.curve.items() if name.endswith("_s")},
    }


def start_up(repetitions: int = 10) -> Ratio:
    """Compare the start-up time of ``mihash-bench --help`` with that of Python alone."""
    helping, nothing = [*COMMAND, "--help"], [sys.executable, "-c", "pass"]
    for command in (helping, nothing):
        subprocess.run(command, capture_output=True, check=True)
    pairs = [
        tuple(seconds(lambda c=c: subprocess.run(c, capture_output=True, check=True)) for c in (helping, nothing))
        for _ in range(repetitions)
    ]  # fmt: skip
    slow, fast = zip(*pairs, strict=True)
    return Ratio("starting `mihash-bench --help` again / `python -c pass`", slow, fast, "at most 8")


def runner(data: list[str], repetitions: int = 3) -> Iterator[Ratio]:
    """Compare one and two parallel runs on a sweep of eight equal runs."""
    if (os.cpu_count() or 1) < 2:
        return
    equal = [*data, "--method", "mihash", "--trigger", "on", "--trials", "8"]
    pairs = []
    for _ in range(repetitions):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            pairs.append((run([*equal, "-j", "1"], Path(one)), run([*equal, "-j", "2"], Path(two))))
    slow, fast = zip(*pairs, strict=True)
    yield Ratio("a sweep of 8 similar MIHash runs: -j 1 / -j 2", slow, fast, "1.7")


def child_start(repetitions: int = 3) -> dict[str, Any]:
    """Return the seconds that one more run adds to a sweep if the run itself takes almost no time."""
    tiny = ["--method", "lsh", "--trigger", "off", "--examples", "100", "--checkpoints", "1", "--bits", "8", "-j", "1"]
    costs = []
    for _ in range(repetitions):
        with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
            pair = [run([*tiny, "--trials", n], Path(f)) for n, f in (("2", few), ("12", many))]
            costs.append((pair[1] - pair[0]) / 10)
    return {"one more run of a sweep, s (median)": float(np.median(costs)), "most": max(costs)}

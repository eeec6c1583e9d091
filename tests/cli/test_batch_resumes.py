"""``run --preset batch-1``, which ``make batch-full`` calls: interrupted in the middle, it continues where it was."""

import signal
import subprocess
import sys
import time

import pytest

from mihash_bench.store.run_file import read_run

pytestmark = pytest.mark.slow

# Few and small runs of both sweeps of the preset.
SMALL = [
    "--preset", "batch-1", "--dataset", "sample", "--method", "shk,mihash", "--bits", "4", "--trials", "2",
    "--checkpoints", "2", "--set", "shk.n_anchors=20,30", "--set", "shk.iterations=2", "--set", "mihash.epochs=1,2",
]  # fmt: skip


def start(results, cache_dir):
    command = [sys.executable, "-m", "mihash_bench.cli", "run", *SMALL, "-o", str(results)]
    return subprocess.Popen([*command, "--cache-dir", str(cache_dir), "-j", "1"], stdout=subprocess.PIPE, text=True)


def files(results):
    return {path.name: path.stat().st_mtime_ns for path in results.rglob("runs/batch-1/**/*.h5")}


def test_an_interrupted_comparison_continues_and_keeps_what_is_finished(tmp_path, cache_dir):
    process, deadline = start(tmp_path, cache_dir), time.monotonic() + 120
    while not files(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    kept = files(tmp_path)
    assert process.returncode == 130
    assert 0 < len(kept) < 8
    again = start(tmp_path, cache_dir)
    output, _ = again.communicate(timeout=240)
    assert again.returncode == 0, output
    after = files(tmp_path)
    assert len(after) == 8
    assert {name: after[name] for name in kept} == kept
    assert {read_run(path).attributes["status"] for path in tmp_path.rglob("runs/batch-1/**/*.h5")} == {"done"}

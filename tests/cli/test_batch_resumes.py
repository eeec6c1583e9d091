"""``run --preset batch-1``, which ``make batch-full`` calls: ended in the middle, it continues where it was."""

import signal
import subprocess
import sys
import time

import pytest

from mihash_bench.store.run_file import read_run

pytestmark = pytest.mark.slow
LIMIT = 900  # seconds; on an idle machine, each sweep takes a few

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


def contents(results):
    """Status, key and everything that does not measure time, by file."""
    found = {}
    for path in results.rglob("runs/batch-1/**/*.h5"):
        record = read_run(path)
        curve = {name: column for name, column in record.curve.items() if not name.endswith("_s")}
        arrays = {name: array.tobytes() for name, array in {**curve, **record.final}.items()}
        found[path.name] = record.attributes["status"], record.attributes["key"], arrays
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, cache_dir):
    results = tmp_path_factory.mktemp("undisturbed")
    process = start(results, cache_dir)
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, output
    return contents(results)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_comparison_that_was_ended_does_what_is_missing_and_ends_with_the_same_bits(
    number, undisturbed, tmp_path, cache_dir
):
    process, deadline = start(tmp_path, cache_dir), time.monotonic() + LIMIT
    while not files(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate(timeout=LIMIT)
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    kept = files(tmp_path)
    assert 0 < len(kept) < len(undisturbed) == 8
    again = start(tmp_path, cache_dir)
    output, _ = again.communicate(timeout=LIMIT)
    assert again.returncode == 0, output
    after = files(tmp_path)
    assert {name: after[name] for name in kept} == kept
    assert contents(tmp_path) == undisturbed
    assert {status for status, _, _ in undisturbed.values()} == {"done"}

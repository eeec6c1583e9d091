"""Complete sweeps as commands: equal runs, recorded failures, interrupts and resuming."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from mihash_bench.store.run_file import read_run
from mihash_bench.sweeps.verify import fault_of

from .calling import Elsewhere, call

pytestmark = pytest.mark.slow

SMALL = {"--examples": 200, "--checkpoints": 3, "--trials": 2, "--bits": 8}

PLUGIN = """
import os, signal, time
from mihash_bench.methods.base import OnlineHasher

class Bad(OnlineHasher):
    title, citation = "Titled", "none"
    def __init__(self, n_bits=32, *, random_state=None):
        self.n_bits, self.random_state = n_bits, random_state

class Raises(Bad):
    name = "raises"
    def _step(self, X, y, *, neighbors, reservoir):
        raise RuntimeError("broken on purpose")

class Dies(Bad):
    name = "dies"
    def _step(self, X, y, *, neighbors, reservoir):
        os.kill(os.getpid(), signal.SIGKILL)

class Once(Bad):
    name = "once"
    def _step(self, X, y, *, neighbors, reservoir):
        from pathlib import Path
        marker = Path(os.environ["ONCE"])
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)

class Exits(Bad):
    name = "exits"
    def _step(self, X, y, *, neighbors, reservoir):
        os._exit(3)

class Leaves(Bad):
    name = "leaves"
    def _step(self, X, y, *, neighbors, reservoir):
        import subprocess
        subprocess.Popen(["sleep", "98.7654"])
        os._exit(3)

class Diverges(Bad):
    name = "diverges"
    def _step(self, X, y, *, neighbors, reservoir):
        self.W_ = self.W_ * float("nan")

class Hangs(Bad):
    name = "hangs"
    def _step(self, X, y, *, neighbors, reservoir):
        time.sleep(600)

class Supervised(Bad):
    name, needs_labels = "supervised", True
    def _step(self, X, y, *, neighbors, reservoir):
        pass
"""
NAMES = ("raises", "dies", "once", "exits", "leaves", "diverges", "hangs", "supervised")


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    """An installed package with faulty methods, found by entry points."""
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "bad_methods.py").write_text(PLUGIN)
    about = folder / "bad_methods-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bad-methods\nVersion: 1.0\n")
    points = "\n".join(f"{name} = bad_methods:{name.capitalize()}" for name in NAMES)
    (about / "entry_points.txt").write_text(f"[mihash_bench.methods]\n{points}\n")
    return folder


def small(*arguments):
    """The arguments of a small sweep, except for the given ones."""
    others = [part for option, value in SMALL.items() if option not in arguments for part in (option, value)]
    return ["run", *map(str, [*others, *arguments])]


def command(*arguments):
    """A small sweep as a command."""
    return [sys.executable, "-m", "mihash_bench.cli", *small(*arguments)]


def environment(plugin=None):
    return {**os.environ, "PYTHONPATH": str(plugin)} if plugin else dict(os.environ)


def sweep(results, cache_dir, *arguments):
    """Do a sweep in this process, whose runs have processes of their own nevertheless."""
    return call(*small("-o", results, "--cache-dir", cache_dir, *arguments))


def sweep_apart(results, cache_dir, *arguments):
    """Do a sweep as a command."""
    arguments = ["-o", results, "--cache-dir", cache_dir, *arguments]
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def sweep_with_plugin(plugin, cache_dir, tmp_path_factory):
    """A function that does a sweep in another process, which alone can find the plug-in."""
    elsewhere = Elsewhere(plugin, {"ONCE": str(tmp_path_factory.mktemp("once") / "marker")})
    yield lambda results, *arguments: elsewhere.call(*small("-o", results, "--cache-dir", cache_dir, *arguments))
    elsewhere.close()


def comparable(path):
    record = read_run(path)
    curve = {name: column for name, column in record.curve.items() if not name.endswith("_s")}
    columns = {"curve": curve, "trigger": record.trigger, "final": record.final}
    return {f"{group}/{name}": c.tobytes() for group, content in columns.items() for name, c in content.items()}


@pytest.fixture(scope="module")
def one(tmp_path_factory, cache_dir):
    """The results of a sweep with one job, to be read only."""
    folder = tmp_path_factory.mktemp("one")
    done = sweep(folder, cache_dir, "-j", "1", "--method", "lsh,mihash", "--trigger", "on,off")
    assert done.exit_code == 0, done.output
    return folder


def test_runs_are_equal_whatever_the_number_of_jobs_and_the_order_of_the_sweep(one, tmp_path, cache_dir):
    # In a process of its own, so that two processes from which runs are forked agree, too.
    turned = ["-j", "2", "--method", "mihash,lsh", "--trigger", "off,on"]
    assert sweep_apart(tmp_path, cache_dir, *turned).returncode == 0
    paths = [path.relative_to(one) for path in one.rglob("*.h5")]
    assert len(paths) == 8
    for path in paths:
        first = comparable(one / path)
        assert len(first) > 10
        assert comparable(tmp_path / path) == first


LEFT = """
import sys
import psutil
from mihash_bench.cli.main import main

try:
    main(sys.argv[1:])
except SystemExit as end:
    left = [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
    print(end.code, sum("forkserver" in command for command in left))
"""


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--bits", "0"), 2)])
def test_a_command_that_does_no_run_leaves_no_process_that_is_still_importing(one, cache_dir, options, code):
    same = small("-o", one, "--cache-dir", cache_dir, "--method", "lsh,mihash", "--trigger", "on,off", *options)
    done = subprocess.run([sys.executable, "-c", LEFT, *same], capture_output=True, text=True, timeout=240, check=False)
    assert done.stdout.splitlines()[-1] == f"{code} 0"


def test_trials_are_the_same_stream_for_every_method_and_trigger(one):
    by_trial = {}
    for path in one.rglob("*.h5"):
        record = read_run(path)
        key = record.attributes["trial"], record.attributes["method"]
        by_trial.setdefault(key, set()).add((record.curve["examples"].tobytes(), record.curve["mAP"][0]))
    assert all(len(seen) == 1 for seen in by_trial.values())
    assert len(by_trial) == 4


def test_runs_that_fail_die_exit_or_hang_are_recorded_and_the_others_continue(tmp_path, sweep_with_plugin):
    arguments = ["--trials", "1", "--trigger", "off", "-j", "2"]
    done = sweep_with_plugin(tmp_path, "--method", "raises,dies,exits,lsh", *arguments)
    assert done.exit_code == 1, done.stderr
    records = attributes_by_method(tmp_path)
    statuses = {method: attributes["status"] for method, attributes in records.items()}
    assert statuses == {"raises": "failed", "dies": "killed", "exits": "failed", "lsh": "done"}
    assert "broken on purpose" in records["raises"]["traceback"]
    assert "SIGKILL" in records["dies"]["reason"]
    assert "exit code 3" in records["exits"]["reason"]
    # What failed is tried again. A run that hangs never ends in time, however short that is.
    more = ["--method", "hangs,raises,dies,exits,lsh", *arguments, "--timeout", "2"]
    again = sweep_with_plugin(tmp_path, *more)
    assert "1 of 5 runs are already in" in again.stdout
    assert "[4/4]" in again.stdout
    assert again.exit_code == 1
    records = attributes_by_method(tmp_path)
    assert (records["hangs"]["status"], records["lsh"]["status"]) == ("timeout", "done")
    assert "--timeout" in records["hangs"]["reason"]


def attributes_by_method(results):
    return {path.parts[-2]: read_run(path).attributes for path in results.rglob("*.h5")}


def test_processes_of_a_dead_run_are_ended_and_a_projection_of_nan_is_a_failure(tmp_path, sweep_with_plugin):
    arguments = ["--method", "leaves,diverges", "--trials", "1", "--trigger", "off"]
    assert sweep_with_plugin(tmp_path, *arguments).exit_code == 1
    assert not [process for process in psutil.process_iter(["cmdline"]) if "98.7654" in (process.info["cmdline"] or [])]
    records = attributes_by_method(tmp_path)
    assert {name: record["status"] for name, record in records.items()} == {"leaves": "failed", "diverges": "failed"}
    assert "no longer finite after 100 examples" in records["diverges"]["reason"]


def test_closing_the_output_ends_the_sweep_and_its_runs(tmp_path, cache_dir, plugin):
    arguments = ["-o", tmp_path, "--cache-dir", cache_dir, "--method", "lsh,hangs", "--trials", "1", "-j", "2"]
    process = subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, env=environment(plugin))
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=120) == 1, process.returncode


def test_a_failure_never_replaces_a_finished_run(tmp_path, cache_dir):
    arguments = ["--method", "lsh", "--trials", "1", "--trigger", "off"]
    assert sweep(tmp_path, cache_dir, *arguments).exit_code == 0
    (path,) = tmp_path.rglob("*.h5")
    before = path.read_bytes()
    again = sweep(tmp_path, cache_dir, *arguments, "--rerun", "all", "--timeout", "0.01")
    assert again.exit_code == 1
    assert "timeout" in again.output
    assert path.read_bytes() == before
    assert sweep(tmp_path, cache_dir, *arguments, "--rerun", "all").exit_code == 0
    assert comparable(path).keys()
    assert path.read_bytes() != before


def test_a_method_that_needs_labels_is_skipped_where_there_are_none(tmp_path, sweep_with_plugin):
    data = ["--dataset", "synthetic", "--set", "synthetic.n=400", "--set", "synthetic.classes=0"]
    done = sweep_with_plugin(tmp_path, "--method", "supervised,mihash", "--trials", "1", *data)
    assert done.exit_code == 0, done.stdout + done.stderr
    assert "Titled" not in done.stdout
    assert "nan" not in done.stdout
    records = [read_run(path).attributes for path in tmp_path.rglob("*.h5")]
    assert {(r["method"], r["status"]) for r in records} == {("supervised", "skipped"), ("mihash", "done")}
    assert {r["reason"] for r in records} == {"", "supervised needs labels, synthetic has none"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_what_is_finished_and_leaves_nothing_behind(tmp_path, cache_dir, plugin, number):
    arguments = ["-o", tmp_path, "--cache-dir", cache_dir, "--method", "lsh,hangs", "--trials", "1", "-j", "1"]
    process = subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, text=True, env=environment(plugin))
    deadline = time.monotonic() + 120
    while len(list(tmp_path.rglob("*.h5"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.5)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Finished runs are kept" in output
    assert {read_run(path).attributes["status"] for path in tmp_path.rglob("*.h5")} == {"done"}
    assert not list(tmp_path.rglob("*.tmp"))


def test_set_values_are_swept_and_named_as_variants(tmp_path, cache_dir):
    done = sweep(
        tmp_path, cache_dir, "--method", "mihash", "--trials", "1", "--trigger", "on", "--set", "mihash.step_size=0.5,1"
    )
    assert done.exit_code == 0, done.output
    records = [read_run(path) for path in tmp_path.rglob("*.h5")]
    assert {record.attributes["variant"] for record in records} == {"", "step_size=0.5"}
    assert len({record.curve["mAP"][-1] for record in records}) == 2
    assert {record.attributes["protocol"] for record in records} == {"examples=200,checkpoints=3"}


def test_a_run_file_says_where_its_numbers_come_from(one):
    (path,) = one.rglob("mihash/8b-on-t0-*.h5")
    record = read_run(path)
    said = set(record.attributes)
    assert said >= {"config", "key", "status", "dataset_digest", "versions", "git_commit", "git_dirty", "machine"}
    assert said >= {"threads", "started", "ended", "peak_memory_bytes", "reason", "traceback"}
    assert record.attributes["key"].startswith(path.stem[-8:])
    threads = [pool["threads"] for pool in json.loads(record.attributes["threads"])]
    assert threads
    assert set(threads) == {1}
    assert set(record.final) == {"ap_expected", "ap_index", "queries", "W"}
    assert record.final["ap_expected"].mean() == pytest.approx(record.curve["mAP"][-1])
    assert np.isfinite(record.trigger["q_current"]).all()


def test_a_killed_run_is_tried_once_more(tmp_path, sweep_with_plugin):
    arguments = ["--method", "once,dies", "--trials", "1", "--trigger", "on", "-j", "1"]
    done = sweep_with_plugin(tmp_path, *arguments)
    assert done.exit_code == 1, done.stdout + done.stderr
    records = attributes_by_method(tmp_path)
    assert {name: record["status"] for name, record in records.items()} == {"once": "done", "dies": "killed"}
    assert records["dies"]["reason"] == "its process was ended by SIGKILL, for the second time"


@pytest.mark.usefixtures("one")  # whose sweep has prepared the dataset
def test_on_a_full_disk_runs_fail_but_no_file_is_incomplete(tmp_path, cache_dir):
    arguments = ["--method", "lsh", "--trials", "2", "--trigger", "on"]
    full = command("-o", tmp_path, "--cache-dir", cache_dir, *arguments)
    # No file of more than 8 blocks of 1,024 bytes can be written: as on a full disk, in the middle of a run file.
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 8; exec "$@"', "bash", *full],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    left = list((tmp_path / "runs").rglob("*.h5"))
    assert all(read_run(path).attributes["status"] == "failed" for path in left)
    assert sweep(tmp_path, cache_dir, *arguments).exit_code == 0


def test_removing_the_results_folder_during_a_sweep_loses_only_its_content(tmp_path, cache_dir):
    arguments = ["-o", tmp_path / "r", "--cache-dir", cache_dir, "--method", "lsh", "--trials", "3", "-j", "1"]
    process = subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stdout:
        if line.startswith("[2/"):
            shutil.rmtree(tmp_path / "r", ignore_errors=True)
            break
    rest, errors = process.communicate(timeout=240)
    assert "Traceback" not in rest + errors
    assert process.returncode in (0, 1)
    assert sweep(tmp_path / "r", cache_dir, "--method", "lsh", "--trials", "3").exit_code == 0
    assert len(list((tmp_path / "r").rglob("*.h5"))) == 6


def test_two_sweeps_into_one_folder_share_the_work(tmp_path, cache_dir):
    arguments = ["-o", tmp_path, "--cache-dir", cache_dir, "--method", "lsh,mihash", "--trials", "3", "-j", "2"]
    pair = [subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=240)[0] for process in pair]
    assert [process.returncode for process in pair] == [0, 0], said
    paths = list(tmp_path.rglob("*.h5"))
    assert len(paths) == 12
    assert all(fault_of(path, tmp_path) == "" for path in paths)
    # Nobody's work was done again: a run that the other has done is reported at once.
    assert sum(line.endswith(", 0.0 s") for text in said for line in text.splitlines()) >= 1

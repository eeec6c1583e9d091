"""``mihash-bench features``: from images to a feature file, and from there to runs."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.calling import call
from tests.datasets.cifar10_batches import form_named, write_batches
from tests.deep.torch_here import torch  # noqa: F401 - these tests need PyTorch

SHORT = ("--method", "lsh", "--bits", "8", "--trials", "1", "--trigger", "off", "--checkpoints", "1",
         "--update-interval", "10")  # fmt: skip


@pytest.fixture
def data_dir(tmp_path):
    """A folder with 60 images."""
    return write_batches(tmp_path / "data", form_named("binary"))


@pytest.fixture
def features(data_dir, cache_dir):
    """A function that makes features of the images."""

    def make(*arguments, backbone="small"):
        return call(
            "features", "--backbone", backbone, "--dataset", "cifar10-images", "--data-dir", data_dir, "--cache-dir",
            cache_dir, *arguments,
        )  # fmt: skip

    return make


def test_features_can_be_imported_and_run(features, tmp_path, cache_dir):
    done = features("-o", tmp_path / "f.h5", "--set", "small.weights_seed=3")
    assert done.exit_code == 0, done.output
    assert "60 rows of 64 features, recipe" in done.output
    next_command = done.output.splitlines()[-1].split()[1:]
    assert next_command[:2] == ["datasets", "import"]
    imported = call(*next_command[:-1], "mine", "--query-column", "query", "--data-dir", tmp_path / "d")
    assert imported.exit_code == 0, imported.output
    assert "60 rows of 64 features, float32" in imported.output
    assert "10 given, 50 rows are the database" in imported.output
    ran = call("run", "--dataset", "mine", "--data-dir", tmp_path / "d", "--cache-dir", cache_dir,
               "-o", tmp_path / "results", *SHORT)  # fmt: skip
    assert ran.exit_code == 0, ran.output


def test_a_file_with_the_authors_name_is_followed_by_the_command_that_runs_on_it(features, tmp_path):
    done = features("-o", tmp_path / "CIFAR10_VGG16_fc7.mat")
    assert f"mihash-bench run --dataset cifar10 --data-dir {tmp_path}" in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "f.h5", "--pixels", "30"), "--pixels: 30 is not allowed for small (allowed: a multiple of 8 from 8 to"),
        (("-o", "f.h5", "--set", "small.seed=1"), "--set small.seed: 'seed' is unknown"),
        (("-o", "f.h5", "--set", "lsh.seed=1"), "--set lsh.seed=1: is not allowed (allowed: small.PARAMETER=VALUE)"),
        (("-o", "f.h5", "--threads", "9999"), "--threads: 9999 (allowed: at most the number of cores"),
        (("-o", "f.txt",), "-o: '.txt' is unknown"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_line(arguments, said, features, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = features(*arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert done.output.count("\n") == 1
    assert not (tmp_path / "f.h5").exists()


def test_an_unknown_backbone_is_refused_with_the_nearest(features, tmp_path):
    done = features("-o", tmp_path / "f.h5", backbone="smal")
    assert done.exit_code == 2
    assert "--backbone: 'smal' is unknown; did you mean 'small'" in done.output


def test_features_of_features_are_refused(tmp_path, cache_dir):
    done = call("features", "--backbone", "small", "--dataset", "sample", "--cache-dir", cache_dir, "-o",
                tmp_path / "f.h5")  # fmt: skip
    assert done.exit_code == 2
    assert "--dataset: sample has features (allowed: images" in done.output


@pytest.mark.slow
def test_a_killed_extraction_goes_on_and_ends_with_the_same_file(tmp_path, cache_dir):
    rows = write_batches(tmp_path / "data", form_named("binary"))
    content = (rows / "data_batch_1.bin").read_bytes()
    (rows / "data_batch_1.bin").write_bytes(content * 200)
    command = [
        sys.executable, "-m", "mihash_bench.cli", "features", "--backbone", "small", "--dataset", "cifar10-images",
        "--data-dir", str(rows), "--cache-dir", str(cache_dir), "--pixels", "64", "-o",
    ]  # fmt: skip
    subprocess.run([*command, str(tmp_path / "whole.mat")], check=True, capture_output=True)
    process = subprocess.Popen([*command, str(tmp_path / "killed.mat")], stdout=subprocess.DEVNULL)
    blocks = tmp_path / ".killed.mat.partial"
    while process.poll() is None and not list(blocks.glob("*.npy")):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed.mat").exists(), "the process ended before it was killed"
    subprocess.run([*command, str(tmp_path / "killed.mat")], check=True, capture_output=True)
    # The first 128 bytes contain the time of writing.
    assert (tmp_path / "killed.mat").read_bytes()[128:] == (tmp_path / "whole.mat").read_bytes()[128:]

"""Setting 2 from the command line: runs of a small network, killed, interrupted and resumed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

import mihash_bench
from mihash_bench.cli.main import main
from mihash_bench.deep.methods.dpsh import DPSH
from mihash_bench.deep.methods.dtsh import DTSH
from mihash_bench.errors import DivergedError, InputError
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.result import unobserved
from mihash_bench.settings import _training_log
from mihash_bench.settings._deep_plan import draw_deep_split
from mihash_bench.settings._held_out import collapse, measure
from mihash_bench.settings.base import read_config, setting_of
from mihash_bench.store.companions import TrainingFile, read_metrics
from mihash_bench.store.run_file import read_run
from tests.conftest import forget_plugins
from tests.deep.own_backbone import own_backbone
from tests.deep.torch_here import torch  # noqa: F401

PER_CLASS = 24


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Images of ten classes, each with its own color and much noise, in the binary form of CIFAR-10."""
    folder = tmp_path_factory.mktemp("images")
    rng, n = np.random.default_rng(0), 10 * PER_CLASS
    labels = (np.arange(n) % 10).astype(np.uint8)
    colors = rng.integers(0, 120, (10, 3, 1))
    planes = (rng.integers(0, 135, (n, 3, 1024)) + colors[labels]).astype(np.uint8).reshape(n, -1)
    content = np.column_stack([labels, planes])
    for name, part in (("data_batch_1.bin", content[: n // 2]), ("test_batch.bin", content[n // 2 :])):
        (folder / name).write_bytes(part.tobytes())
    return folder


@pytest.fixture(scope="module")
def words(data_dir, cache_dir):
    def words(results, *more):
        usual = {
            "--setting": "batch-2", "--dataset": "cifar10-images", "--method": "mihash", "--backbone": "small",
            "--bits": 8, "--queries": 6, "--held-out": 4, "--trials": 1, "--epochs": 12, "--data-dir": data_dir,
            "--cache-dir": cache_dir, "-o": results,
        }  # fmt: skip
        fixed = [word for option, value in usual.items() if option not in more for word in (option, value)]
        sets = ["--set", "mihash.batch_size=20", "--set", "mihash.sigmoid_scale=5"]
        return list(map(str, ["run", *fixed, *([] if "--set" in more else sets), *more]))

    return words


def run(arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def only_run(results):
    (path,) = results.glob("runs/batch-2/cifar10-images/*/*.h5")
    return path, read_run(path)


def assert_same(record, other):
    for name, column in record.curve.items():
        if not name.endswith("_s"):
            np.testing.assert_array_equal(column, other.curve[name], err_msg=name)
    assert record.final.keys() == other.final.keys()
    for name, array in record.final.items():
        if not name.endswith("_s"):
            assert array.tobytes() == other.final[name].tobytes(), name


@pytest.fixture(scope="module")
def undisturbed(words, tmp_path_factory):
    results = tmp_path_factory.mktemp("undisturbed")
    assert run(words(results)) in (0, None)
    return results


def test_a_run_says_how_it_went_and_leaves_no_state(undisturbed):
    path, record = only_run(undisturbed)
    assert record.attributes["status"] == "done"
    assert record.curve["epoch"].tolist() == [0, 12]
    assert record.curve["examples"].tolist() == [0, 12 * 10 * (PER_CLASS - 6 - 4)]
    assert record.final["held_out_epoch"].tolist() == list(range(13))
    assert (record.final["held_out_distinct_codes"] > 0).all()
    assert {each.name for each in path.parent.iterdir()} <= {path.name, f"{path.stem}.snapshots"}


def test_a_run_is_verified_from_its_network(undisturbed, data_dir, cache_dir, capsys):
    where = ["--data-dir", str(data_dir), "--cache-dir", str(cache_dir)]
    assert run(["verify", str(undisturbed), "--recompute", *where]) in (0, None)
    assert "1 of 1" in capsys.readouterr().out


def test_its_network_codes_images_of_the_user(undisturbed, data_dir, cache_dir):
    path, _ = only_run(undisturbed)
    encoder = mihash_bench.load_encoder(path)
    every = images(data_dir, cache_dir).features
    codes = encoder.encode(every[:5])
    assert codes.shape == (5, encoder.n_bits) == (5, 8)
    with pytest.raises(InputError, match=r"X: float64 of shape \(2, 3072\) \(allowed: images, uint8"):
        encoder.encode(np.zeros((2, 3072)))


def test_later_metrics_are_measured_from_the_networks_before_and_after_training(
    undisturbed, words, data_dir, cache_dir, tmp_path
):
    results = shutil.copytree(undisturbed, tmp_path / "results")
    assert run([*words(results), "--metric", "mAP,P@5"]) in (0, None)
    path, before = only_run(undisturbed)
    later = read_metrics(results / path.relative_to(undisturbed), str(before.attributes["key"]))
    assert later.curve["P@5"].shape == (2,)
    assert later.per_query["P@5"].shape == before.final["queries"].shape
    again, _ = only_run(results)
    assert again.read_bytes() == path.read_bytes()


def start(arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "mihash_bench.cli", *arguments], stdout=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


@pytest.mark.slow
def test_a_killed_sweep_goes_on_and_ends_as_an_undisturbed_one(words, undisturbed, tmp_path, capsys):
    arguments = words(tmp_path)
    for _ in range(2):
        process = start(arguments)
        seen = set()
        while len(seen) < 4 and process.poll() is None:
            seen |= {each.stat().st_mtime_ns for each in tmp_path.glob("runs/batch-2/cifar10-images/*/*.training")}
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    killed = list(tmp_path.glob("runs/batch-2/cifar10-images/*/*"))
    assert [each.suffix for each in killed if not each.name.startswith(".")] == [".training"]
    assert run(["status", str(tmp_path)]) in (0, None)
    assert "trial 0 (goes on from a saved state)" in capsys.readouterr().out
    assert run(arguments) in (0, None)
    path, record = only_run(tmp_path)
    assert_same(record, only_run(undisturbed)[1])
    assert not [each for each in path.parent.iterdir() if "training" in each.name]


def test_an_interrupt_in_mid_epoch_changes_nothing(undisturbed, words, data_dir, cache_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(_training_log, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(_training_log, "SAVE_SHARE", float("inf"))
    monkeypatch.setattr(_training_log, "TELL_SECONDS", 0.0)
    _, record = only_run(undisturbed)
    setting, config = read_config(str(record.attributes["config"]))
    config = replace(config, epochs=3)
    dataset = images(data_dir, cache_dir)
    whole = setting.run(config, dataset, unobserved, Keeper())
    file = TrainingFile(tmp_path / "run.h5", "0" * 64)

    def interrupt(done, total, values, unit="checkpoint"):
        if unit == "step" and done == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        setting.run(config, dataset, interrupt, Keeper(training=file))
    assert file.read()["training"]["place"].tolist() == [1, 1]
    later = setting.run(config, dataset, unobserved, Keeper(training=file))
    assert_same(later, whole)


@pytest.mark.parametrize("method", ["dpsh", "dtsh"])
def test_a_single_layer_that_grows_beyond_single_precision_diverges(method, undisturbed, data_dir, cache_dir):
    setting, config = read_config(str(only_run(undisturbed)[1].attributes["config"]))
    grows = {"batch_size": 139, "layer_epochs": 1, "layer_rate": 1e42}
    config = replace(config, method=method, method_parameters=tuple(grows.items()))
    with pytest.raises(DivergedError, match=rf"^{method}: the weights .* \(allowed: a smaller {method}\.layer_rate\)$"):
        setting.run(config, images(data_dir, cache_dir), unobserved, Keeper())


@pytest.mark.parametrize("method", [DPSH, DTSH])
def test_the_objective_of_outputs_that_are_infinite_is_not_finite(method):
    y = np.repeat([0, 1], 4)
    outputs = np.where(y[:, None] == 1, np.inf, -np.inf) * np.ones((8, 4))
    assert not np.isfinite(measure(method(4), outputs, y, threads=1).objective)


def images(data_dir, cache_dir):
    from mihash_bench.datasets.cifar10_images import Cifar10Images

    return Cifar10Images().load(data_dir, cache_dir)


def test_a_damaged_state_is_named(tmp_path):
    file = TrainingFile(tmp_path / "run.h5", "0" * 64)
    file.write({"training": {"place": np.array([1, 2])}})
    content = bytearray(file.file.read_bytes())
    content[-1] ^= 1
    file.file.write_bytes(content)
    with pytest.raises(Exception, match=r"run\.training: damaged .* \(allowed: remove it, and the run begins anew\)"):
        file.read()


def test_queries_training_images_and_held_out_images_are_apart(data_dir, cache_dir):
    dataset = images(data_dir, cache_dir)
    options = setting_of("batch-2").options
    split = draw_deep_split(dataset, options(queries=6, held_out=4), 0)
    parts = (split.queries, split.training, split.held_out)
    assert sorted(np.concatenate(parts)) == list(range(10 * PER_CLASS))
    assert sorted(split.database) == sorted(np.concatenate(parts[1:]))
    unseen = draw_deep_split(dataset, options(queries=6, training=8, held_out=2, database="unseen"), 0)
    assert len(unseen.training) == 60
    assert not set(unseen.database) & {*unseen.training, *unseen.held_out, *unseen.queries}
    assert len(unseen.database) == 100


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--queries", "24", "--queries: 24 (allowed: fewer than the 24 images of the smallest class)"),
        ("--training", "19", "--training: 19 (allowed: at most 18"),
        ("--held-out", "1", "--held-out: 1 (allowed: 0, or 2 to 17)"),
        ("--pixels", "12", "--pixels: 12 is not allowed for small"),
        ("--precision", "bfloat16", "--precision: bfloat16 is not possible with --device cpu"),
        ("--dataset", "sample", "--dataset: sample has features (allowed in setting batch-2: images"),
        ("--set", "mihash.batch_size=500", "--set mihash.batch_size: 500 (allowed: at most the 140 training images)"),
    ],
)
def test_what_is_not_possible_is_said_before_anything_is_done(words, tmp_path, capsys, option, value, said):
    assert run(words(tmp_path, option, value)) == 2
    assert said in capsys.readouterr().err


def test_codes_collapse_if_they_are_at_most_half_as_many_as_classes():
    assert collapse(5, 10, 32) == "its codes collapse: 5 distinct codes for 10 classes"
    assert collapse(6, 10, 32) == ""
    assert collapse(3, 10, 2) == ""
    assert collapse(1, 2, 8) == "its codes collapse: 1 distinct code for 2 classes"


MINE = own_backbone(
    """
        from torch import nn

        layers = nn.Conv2d(3, self.channels, 3), nn.ReLU(), nn.Conv2d(self.channels, 3, 1)
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
""",
    n_features=3,
)


@pytest.fixture
def mine(tmp_path):
    """A network of the user's, as a file."""
    path = tmp_path / "my.py"
    path.write_text(MINE)
    return path


def records(results):
    return {path: read_run(path) for path in results.glob("runs/batch-2/cifar10-images/*/*.h5")}


@pytest.fixture
def own(words, mine, tmp_path):
    """The words of runs of the user's network in some widths, of which 6 is the default."""

    def own(widths):
        own = ("--backbone", "mine", "--plugin", str(mine), "--epochs", "1")
        sets = ("--set", f"mine.channels={widths}", "--set", "mihash.batch_size=20", "--set", "mihash.sigmoid_scale=5")
        return words(tmp_path / "results", *own, *sets)

    return own


@pytest.mark.usefixtures("forgotten_plugins")
def test_the_parameters_of_a_network_are_swept_and_belong_to_the_run(own, mine, data_dir, cache_dir, tmp_path, capsys):
    assert run(own("6,4")) in (0, None)
    by_variant = {str(each.attributes["variant"]): path for path, each in records(tmp_path / "results").items()}
    usual = "batch_size=20,sigmoid_scale=5.0"
    assert by_variant.keys() == {usual, f"{usual},mine.channels=4"}
    narrow = read_run(by_variant[f"{usual},mine.channels=4"]).final
    assert narrow["weights"].size == 3 * 4 * 9 + 4 + 4 * 3 + 3
    encoder = mihash_bench.load_encoder(by_variant[f"{usual},mine.channels=4"])
    assert encoder.encode(images(data_dir, cache_dir).features[:3]).shape == (3, 8)
    capsys.readouterr()
    where = ["--data-dir", str(data_dir), "--cache-dir", str(cache_dir), "--plugin", str(mine)]
    assert run(["verify", str(tmp_path / "results"), "--recompute", *where]) in (0, None)
    assert "2 of 2" in capsys.readouterr().out
    assert run(["show", str(by_variant[f"{usual},mine.channels=4"]), "--plugin", str(mine)]) in (0, None)
    assert "--set mine.channels=4" in capsys.readouterr().out


@pytest.mark.usefixtures("forgotten_plugins")
def test_runs_of_an_edited_network_are_due_again(own, mine, tmp_path, capsys):
    assert run(own("6")) in (0, None)
    before = {each.attributes["key"] for each in records(tmp_path / "results").values()}
    # The same weights in another network.
    mine.write_text(MINE.replace("nn.ReLU()", "nn.Tanh()"))
    forget_plugins()
    assert run(own("6")) in (0, None)
    after = {each.attributes["key"] for each in records(tmp_path / "results").values()}
    assert len(after) == 2
    assert before < after
    capsys.readouterr()
    assert run(["status", str(tmp_path / "results"), "--plugin", str(mine)]) in (0, None)
    assert "1 run of mihash (batch-2) made by older code" in capsys.readouterr().out

"""The batch setting from config to curve, on two synthetic classes."""

from dataclasses import replace
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest

from mihash_bench.codes import unpack
from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.errors import InputError
from mihash_bench.experiment.coding import Coder
from mihash_bench.experiment.config import run_key
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.result import unobserved
from mihash_bench.experiment.snapshot import Snapshot
from mihash_bench.experiment.training_points import TrainingCentred
from mihash_bench.registry import BATCH_METHODS
from mihash_bench.settings._batch_options import BatchConfig
from mihash_bench.settings._batch_plan import make_method
from mihash_bench.settings._batch_run import measured_epochs, run
from mihash_bench.settings.base import read_config, setting_of
from mihash_bench.sweeps.files import preset_text, read_tables
from mihash_bench.sweeps.sweep import Folders, Sweep

CONFIG = BatchConfig(
    setting="batch-1", dataset="synthetic", dataset_parameters=(), method="sdh",
    method_parameters=(("n_anchors", 60), ("nu", 1e-2), ("ridge", 1.0), ("sweeps", 3), ("epochs", 4)),
    bits=6, trial=0, checkpoints=50, metrics=("mAP",), seed=0,
)  # fmt: skip


def draw_split(setting, dataset, seed, trial):
    return setting_of(setting).draw_split(dataset, seed, trial)


def run_batch(config, dataset):
    return setting_of(config.setting).run(config, dataset, unobserved, Keeper())


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic")
    return Synthetic(n=1_600, d=12, classes=2, difficulty=1.5).load(folder, folder)


@pytest.fixture(scope="module")
def result(dataset):
    return run_batch(CONFIG, dataset)


def test_the_curve_goes_from_before_the_first_epoch_to_after_the_last(result):
    epochs = result.curve["epoch"]
    assert epochs.tolist() == list(range(len(epochs)))
    np.testing.assert_array_equal(result.curve["examples"], 1_000 * epochs)
    assert (np.diff(result.curve["train_s"]) > 0).all()
    assert (result.curve["updates"] == 0).all()
    assert all(len(column) == len(epochs) for column in result.curve.values())
    assert result.curve["objective"][-1] < result.curve["objective"][0]
    assert result.trigger["examples"].shape == (0,)
    assert result.costs["train_memory_bytes"] >= 0


def test_the_last_row_evaluates_the_final_state_of_the_method(dataset, result):
    split = draw_split("batch-1", dataset, 0, 0)
    rows = TrainingCentred(dataset, split.training)
    method = make_method(CONFIG).fit(rows[split.training], dataset.labels[split.training])
    np.testing.assert_array_equal(result.final["W"], method.snapshot().W)
    assert result.curve["objective"][-1] == method.objective()
    codes = method.encode(rows[:])
    distances = (codes[split.queries][:, None] != codes[split.database][None]).sum(axis=2)
    near = dataset.labels[split.queries][:, None] == dataset.labels[split.database][None]
    first = result.final["ap_expected"][0]
    # The mean over random orders of ties comes close to the exact mean over all of them.
    rng, seen = np.random.default_rng(0), []
    for _ in range(200):
        ranked = near[0][np.lexsort((rng.random(len(split.database)), distances[0]))]
        ranks = np.flatnonzero(ranked) + 1
        seen.append((np.arange(1, len(ranks) + 1) / ranks).mean())
    assert first == pytest.approx(np.mean(seen), abs=4 * np.std(seen) / np.sqrt(200) + 1e-9)
    assert result.curve["mAP"][-1] == pytest.approx(np.mean(result.final["ap_expected"]))


def test_another_trial_learns_from_other_points_with_other_draws(dataset, result):
    """Both the training points and the method's own draws depend on the trial."""
    config = replace(CONFIG, method="dpsh", method_parameters=(("epochs", 1),))
    first, second = run_batch(config, dataset), run_batch(replace(config, trial=1), dataset)
    assert not np.array_equal(first.final["W"], second.final["W"])
    assert not np.array_equal(first.preprocessing["mean"], second.preprocessing["mean"])
    seeds = [make_method(replace(config, trial=trial)).random_state.spawn_key for trial in (0, 1)]
    assert seeds[0] != seeds[1]


def test_the_same_config_gives_the_same_bits(dataset, result):
    again = run_batch(CONFIG, dataset)
    for group in ("curve", "final"):
        for name, column in getattr(result, group).items():
            if not name.endswith("_s"):
                np.testing.assert_array_equal(getattr(again, group)[name], column)


def test_the_time_of_coding_is_shared_equally_by_the_checkpoints(dataset, monkeypatch):
    # Each reading of the clock is one second after the one before, so that coding takes a second.
    ticks = SimpleNamespace(perf_counter=count().__next__)
    monkeypatch.setattr("mihash_bench.settings._batch_run.time", ticks)
    curve = run_batch(CONFIG, dataset).curve
    assert len(curve["table_s"]) > 1
    assert curve["table_s"].tolist() == [1 / len(curve["table_s"])] * len(curve["table_s"])


def test_the_number_of_checkpoints_changes_no_figure(dataset, result):
    seldom = run_batch(replace(CONFIG, checkpoints=1), dataset)
    assert len(seldom.curve["epoch"]) == 1
    assert seldom.curve["epoch"][-1] == result.curve["epoch"][-1]
    np.testing.assert_array_equal(seldom.final["ap_expected"], result.final["ap_expected"])


def test_the_five_fast_methods_run_by_default_and_the_others_by_name_and_in_the_preset():
    five = ("shk", "sdh", "dpsh", "dtsh", "mihash")
    assert setting_of("batch-1").options.defaults()["method"] == five
    every, _ = read_tables(preset_text("batch-1"), "batch-1")
    assert set(every["method"]) == {*five, "fasthash", "vdsh"} == set(BATCH_METHODS.names())


def test_a_method_that_ends_early_is_evaluated_at_its_end(dataset):
    early = dict(CONFIG.method_parameters) | {"epochs": 40}
    config = replace(CONFIG, method_parameters=tuple(early.items()), checkpoints=2)
    curve = run_batch(config, dataset).curve
    assert 0 < curve["epoch"][-1] < 40
    assert curve["epoch"].tolist()[0] == 0


def test_evaluated_epochs_are_equally_spaced_and_include_the_last():
    assert measured_epochs(4, 50) == {0, 1, 2, 3, 4}
    assert measured_epochs(100, 5) == {0, 25, 50, 75, 100}
    assert measured_epochs(100, 1) == {100}
    assert max(measured_epochs(7, 3)) == 7


def test_trials_draw_other_training_points_and_ask_the_same_queries(dataset):
    first, again, other = (draw_split("batch-1", dataset, 0, trial) for trial in (0, 0, 1))
    assert first.training.tolist() == again.training.tolist() != other.training.tolist()
    assert first.queries.tolist() == other.queries.tolist()
    assert first.database.tolist() == other.database.tolist()


def test_tuning_uses_neither_queries_nor_rows_other_than_training_points(dataset):
    tuning, final = (draw_split(setting, dataset, 0, 0) for setting in ("tuning-1", "batch-1"))
    seen = {*tuning.queries, *tuning.database, *tuning.training}
    assert seen == set(final.training)
    assert not seen & set(final.queries)


def test_codes_computed_for_all_checkpoints_together_are_those_of_each_snapshot(dataset):
    split = draw_split("batch-1", dataset, 0, 0)
    rows = TrainingCentred(dataset, split.training)
    for name, more in (("sdh", CONFIG.method_parameters), ("dpsh", (("epochs", 1),))):
        method = make_method(replace(CONFIG, method=name, method_parameters=more))
        learning = method.fit_by_epoch(rows[split.training], dataset.labels[split.training])
        snapshots = [Snapshot(name, method.snapshot(), 6, rows) for _ in learning]
        assert len(snapshots) > 1
        for words, snapshot in zip(Coder(rows).code(snapshots), snapshots, strict=True):
            np.testing.assert_array_equal(unpack(words, 6), snapshot.encode(rows[:]))


def test_a_config_is_read_back_from_its_text_unchanged():
    setting, config = read_config(CONFIG.to_json())
    assert setting is setting_of("batch-1")
    assert config == replace(CONFIG, method_parameters=tuple(sorted(CONFIG.method_parameters)))


def tasks(tmp_path, setting="batch-1", candidates=(), **change):
    options = {
        "dataset": "synthetic", "method": "sdh", "bits": 8, "trials": 1, "checkpoints": 3, "set": "sdh.n_anchors=50",
    }  # fmt: skip
    kind = setting_of(setting)
    sweep = Sweep(kind, kind.options.of({**options, **change}), candidates)
    return sweep.tasks(Folders(tmp_path / "results", tmp_path, tmp_path / "cache"))


@pytest.mark.parametrize(
    "change",
    [{"bits": 9}, {"seed": 1}, {"checkpoints": 4}, {"setting": "tuning-1"}, {"set": "sdh.n_anchors=51"}],
)
def test_every_value_that_changes_a_result_changes_the_key(tmp_path, change):
    (before,), (after,) = tasks(tmp_path), tasks(tmp_path, **change)
    assert before.key != after.key
    assert before.key == run_key(before.config, before.dataset_digest, 1)


def test_another_seed_or_number_of_checkpoints_is_another_protocol(tmp_path):
    assert [task.protocol for task in tasks(tmp_path, checkpoints=11)] == [""]
    assert [task.protocol for task in tasks(tmp_path, seed=3)] == ["checkpoints=3,seed=3"]


def test_more_anchors_than_training_points_are_refused_before_any_run(tmp_path):
    with pytest.raises(InputError, match=r"--set sdh.n_anchors: 6000 \(allowed: at most 2500, half of the 5000"):
        tasks(tmp_path, set="sdh.n_anchors=6000")


def test_candidates_take_the_place_of_the_swept_parameters(tmp_path):
    usual = dict(CONFIG.method_parameters)
    made = tasks(tmp_path, set=None, candidates=(("sdh", usual), ("sdh", {**usual, "nu": 0.5})))
    assert [dict(task.config.method_parameters)["nu"] for task in made] == [1e-2, 0.5]


@pytest.mark.parametrize("method", BATCH_METHODS.names())
def test_every_method_refuses_rows_of_several_classes_with_the_reason(dataset, method):
    both = np.ones((len(dataset.labels), 2), np.uint8)
    config = replace(CONFIG, method=method, method_parameters=())
    with pytest.raises(InputError, match=r"several labels per row \(allowed .* drawn from each class"):
        run_batch(config, replace(dataset, labels=both))
    with pytest.raises(InputError, match="one integer per row, because a training point has one class"):
        make_method(config).fit(dataset.features, both)


def test_a_label_matrix_with_one_class_per_row_gives_the_same_curve(dataset, result):
    matrix = np.eye(2, dtype=np.uint8)[dataset.labels]
    # The split is given, because that of a matrix is drawn for each of its columns.
    split = draw_split("batch-1", dataset, 0, 0)
    again = run(CONFIG, replace(dataset, labels=matrix), split, unobserved, Keeper())
    np.testing.assert_array_equal(again.curve["mAP"], result.curve["mAP"])
    np.testing.assert_array_equal(again.curve["objective"], result.curve["objective"])

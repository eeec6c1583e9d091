"""Runs in which each trial draws its own split into queries and database."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.experiment.coding import Coder
from mihash_bench.experiment.measuring import evaluate_codes
from mihash_bench.experiment.result import unobserved
from mihash_bench.experiment.snapshot import Snapshot
from mihash_bench.metrics.average_precision import MAP_EXPECTED, MAP_INDEX
from mihash_bench.report.data.selection import comparable
from mihash_bench.report.data.statistics import summary
from mihash_bench.settings.base import setting_of
from mihash_bench.store.companions import write_snapshots
from mihash_bench.store.run_file import read_run, write_run
from mihash_bench.sweeps.choose import sweep_of
from mihash_bench.sweeps.later import with_later_metrics
from mihash_bench.sweeps.recompute import Recomputation, fault_of_snapshot
from mihash_bench.sweeps.results import load_results
from mihash_bench.sweeps.sweep import Folders
from mihash_bench.sweeps.verify import fault_of

ENDED = {"status": "done", "reason": "", "traceback": "", "started": "2026-01-01"}
ONLINE = {"method": "mihash", "trigger": "on", "examples": 300, "checkpoints": 3, "set": ["synthetic.n=1000"]}
BATCH = {"setting": "batch-1", "method": "dtsh", "set": ["dtsh.epochs=1", "synthetic.n=3000", "synthetic.classes=4"]}


@pytest.fixture
def tasks_of(tmp_path, cache_dir):
    """A function that returns the tasks of a small sweep of three trials."""

    def tasks(**options):
        sweep = sweep_of({"dataset": "synthetic", "bits": 8, **options}, {})
        return sweep.tasks(Folders(tmp_path, Path(), cache_dir))

    return tasks


def done(tasks):
    """Perform the runs in this process and return their records."""
    for task in tasks:
        if not task.measure(unobserved):
            record = task.perform(unobserved)
            write_snapshots(task.path, task.key, record.kept)
            write_run(task.path, replace(record, attributes={**record.attributes, **ENDED}))
    return [read_run(task.path) for task in tasks]


@pytest.mark.parametrize("options", [ONLINE, BATCH], ids=["online", "batch-1"])
def test_trials_share_their_queries_only_if_the_split_is_fixed(tasks_of, tmp_path, cache_dir, options):
    fixed, own = (done(tasks_of(**options, split=split)) for split in ("fixed", "trial"))
    assert len({tuple(record.final["queries"].tolist()) for record in fixed}) == 1
    assert len({tuple(record.final["queries"].tolist()) for record in own}) == 3
    assert [record.attributes["split"] for record in (*fixed, *own)] == ["fixed"] * 3 + ["trial"] * 3
    further = partial(fault_of_snapshot, recomputation=Recomputation(Path(), cache_dir))
    paths = list(tmp_path.glob("runs/**/*.h5"))
    assert [fault_of(path, tmp_path, further) for path in paths] == [""] * 6


def test_all_methods_have_the_same_split_in_a_trial(tasks_of):
    tasks = tasks_of(**{**ONLINE, "method": "mihash,lsh"}, split="trial", trials=1)
    first, second = done(tasks)
    np.testing.assert_array_equal(first.final["queries"], second.final["queries"])


def test_the_spread_over_trials_includes_that_over_splits(tasks_of):
    """One and the same hash functions have another mAP in each trial, but only if the split is not fixed."""
    setting = setting_of("online")
    spreads = []
    for split in ("fixed", "trial"):
        tasks = tasks_of(**ONLINE, split=split)
        dataset = tasks[0]._dataset()
        encoder = setting.methods.get("mihash").encoder_from({"W": np.random.default_rng(0).normal(size=(64, 8))})
        values = []
        for task in tasks:
            retrieval = setting.retrieval(task.config, dataset)
            (words,) = Coder(retrieval.features).code([Snapshot("mihash", encoder, 8, retrieval.features)])
            values.append(evaluate_codes(retrieval, words, (MAP_EXPECTED,), 8).value(MAP_EXPECTED))
        spreads.append(np.std(values, ddof=1))
    assert spreads[0] < 1e-6 < 1e-3 < spreads[1]


def test_later_metrics_equal_those_that_were_asked_for_at_once(tasks_of):
    done(tasks_of(**ONLINE, split="trial"))
    later = tasks_of(**ONLINE, split="trial", metric="mAP,mAP[ties=index]")
    for task, record in zip(later, done(later), strict=True):
        extended, fault = with_later_metrics(record, task.path)
        assert fault == ""
        assert extended.curve[str(MAP_INDEX)][-1] == pytest.approx(record.final["ap_index"].mean())


def test_reports_keep_both_splits_apart_and_name_the_one_of_trials(tasks_of, tmp_path):
    for split in ("fixed", "trial"):
        done(tasks_of(**ONLINE, split=split))
    frame = load_results(tmp_path).frame
    assert frame.groupby("split")["key"].nunique().to_dict() == {"fixed": 3, "trial": 3}
    table = summary(comparable(frame), "mAP")
    assert [name.endswith(", split=trial)") for name in table["dataset_title"]] == [False, True]
    finals = frame[frame["split"] == "trial"].groupby("key")["mAP"].last()
    assert table["final_sd"][1] == pytest.approx(finals.std(ddof=1))


def test_a_split_of_its_own_is_another_run_and_the_fixed_one_is_in_no_config(tasks_of):
    fixed, usual, own = (
        tasks_of(**ONLINE, trials=1, **split)[0] for split in ({"split": "fixed"}, {}, {"split": "trial"})
    )
    assert fixed.key == usual.key != own.key
    assert "split" not in fixed.config.to_json()
    assert '"split":"trial"' in own.config.to_json()


def test_a_dataset_whose_queries_are_given_has_no_split_of_each_trial(tasks_of):
    with pytest.raises(InputError, match=r"^--split: trial is not possible on sample, .* \(allowed: fixed\)$"):
        tasks_of(dataset="sample", split="trial")

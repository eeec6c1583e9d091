"""The preset ``controls``: no method finds information that labels do not have, and constant codes score by chance."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from mihash_bench.datasets.sample import Sample
from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.errors import InputError
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.permuted_labels import with_permuted_labels
from mihash_bench.experiment.result import unobserved
from mihash_bench.experiment.retrieval import draw_retrieval
from mihash_bench.metrics.base import parse_metric
from mihash_bench.registry import METHODS
from mihash_bench.settings.base import setting_of
from mihash_bench.sweeps.choose import chosen_sweeps
from mihash_bench.sweeps.sweep import Folders, Sweep, tasks_of

RELEVANT, ITEMS, BITS = np.array([1000.0]), 10_000, 32


@pytest.fixture(scope="session")
def values(cache_dir):
    """The final metrics of the preset's runs by permutation and method, one entry for each trial."""
    online, dataset = setting_of("online"), Sample().load(Path(), cache_dir)
    found = defaultdict(list)
    for task in tasks_of(chosen_sweeps({}, "controls"), Folders(Path("r"), Path(), cache_dir)):
        curve = online.run(task.config, dataset, unobserved, Keeper()).curve
        final = {spec: float(curve[spec][-1]) for spec in task.config.metrics}
        found[task.config.permute_labels, task.config.method].append(final)
        if task.config.method == "constant":
            found[task.config.permute_labels, "configs"].append(task.config)
    return found


def of(values, permuted, method, spec="mAP"):
    return np.array([each[spec] for each in values[permuted, method]])


def learning(values):
    return sorted({method for _, method in values} - {"constant", "lsh", "configs"})


@pytest.mark.slow
@pytest.mark.parametrize("permuted", ["none", "all", "stream"])
def test_constant_codes_have_the_value_of_chance_whatever_the_labels(values, cache_dir, permuted):
    dataset = Sample().load(Path(), cache_dir)
    for trial, config in enumerate(values[permuted, "configs"]):
        retrieval = setting_of("online").retrieval(config, dataset)
        relevant = np.bincount(retrieval.labels[retrieval.database].astype(int))[retrieval.labels[retrieval.queries]]
        for spec in ("mAP", "P@100", "P@r2"):
            expected = parse_metric(spec).chance(ITEMS, relevant.astype(float)).mean()
            assert of(values, permuted, "constant", spec)[trial] == pytest.approx(expected, rel=1e-9)


@pytest.mark.slow
def test_permuting_all_labels_takes_every_method_to_chance(values):
    chance = parse_metric("mAP").chance(ITEMS, RELEVANT, BITS)[0]
    assert len(learning(values)) == 10
    for method in [*learning(values), "lsh"]:
        assert abs(of(values, "all", method).mean() - chance) < 0.005, method
        assert of(values, "none", method).mean() > chance + 0.02, method


@pytest.mark.slow
def test_permuting_the_labels_of_the_stream_leaves_no_supervised_method_better_than_lsh(values):
    lsh = of(values, "none", "lsh")
    supervised = [method for method in learning(values) if METHODS.get(method).needs_labels]
    assert len(supervised) == 7
    for method in supervised:
        assert of(values, "stream", method).mean() <= lsh.mean() + 3 * lsh.std(ddof=1), method


def retrieval(cache_dir):
    return draw_retrieval(Synthetic(n=400).load(Path(), cache_dir), 0)


def test_permuted_labels_are_those_of_other_rows_and_only_the_stream_sees_them(cache_dir):
    plain = retrieval(cache_dir)
    every, stream = (with_permuted_labels(plain, which, np.random.default_rng(0)) for which in ("all", "stream"))
    assert with_permuted_labels(plain, "none", np.random.default_rng(0)) is plain
    rows = np.arange(50)
    for permuted in (every, stream):
        X, y = permuted.take(rows)
        assert np.array_equal(X, plain.take(rows)[0])
        assert (y != plain.take(rows)[1]).any()
    assert np.array_equal(np.sort(every.labels), np.sort(plain.labels))
    assert np.array_equal(stream.relevance.block(0, 5), plain.relevance.block(0, 5))
    assert not np.array_equal(every.relevance.block(0, 5), plain.relevance.block(0, 5))


def test_runs_are_evaluated_with_the_labels_of_their_trial(cache_dir):
    online = setting_of("online")
    dataset = Synthetic(n=400).load(Path(), cache_dir)

    def labels(permuted, trial):
        options = online.options.of(
            {"method": "lsh", "dataset": "synthetic", "set": "synthetic.n=400", "permute_labels": permuted,
             "examples": 100, "trial": trial}
        )  # fmt: skip
        [first, _] = tasks_of([Sweep(online, options)], Folders(Path("r"), Path(), cache_dir))
        return online.retrieval(first.config, dataset).labels

    assert np.array_equal(labels("all", 1), labels("all", 1))
    assert not np.array_equal(labels("all", 1), labels("all", 2))
    assert np.array_equal(labels("stream", 1), dataset.labels)


def test_labels_that_are_not_there_cannot_be_permuted(cache_dir):
    options = {"dataset": "sample", "set": "sample.labels=off", "method": "lsh", "permute_labels": "all"}
    online = setting_of("online")
    with pytest.raises(InputError, match="--permute-labels: all .allowed for sample: none, it has no labels."):
        list(tasks_of([Sweep(online, online.options.of(options))], Folders(Path("r"), Path(), cache_dir)))

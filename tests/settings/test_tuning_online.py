"""The stream whose end is held out: what is learned from, searched and asked, and that no query is ever used."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.errors import InputError
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.result import unobserved
from mihash_bench.registry import METHODS
from mihash_bench.settings._online_data import data_of
from mihash_bench.settings._online_options import HeldOutConfig
from mihash_bench.settings._online_run import make_method
from mihash_bench.settings.base import setting_of
from mihash_bench.studies.parameter_search import whole_sets
from mihash_bench.sweeps.choose import chosen_sweeps
from tests.settings.test_online import CONFIG
from tests.settings.test_protocols import expected_ap

SETTING = setting_of("tuning-online")
OWN = {
    "method": "ridge",
    "method_parameters": (("classes", 16), ("regularization", 1.0)),
    "trigger": "off",
    "examples": 400,
    "update_interval": 50,
    "checkpoints": 1,
    "metrics": ("mAP", "mAP[ties=index]"),
}
ONLINE = replace(CONFIG, **OWN)
HELD_OUT = HeldOutConfig(
    held_out=60, **{each.name: getattr(ONLINE, each.name) for each in fields(ONLINE)} | {"setting": SETTING.name}
)


@pytest.fixture(scope="module")
def dataset(cache_dir):
    return Synthetic(n=800, d=8, classes=8).load(Path(), cache_dir)


def planned(dataset, **given):
    options = SETTING.options.of({"dataset": "synthetic", "trigger": "off", "trials": 1, **given})
    source = Synthetic(n=800, d=8, classes=8)
    return [each.config for each in SETTING.plan(options, source, dataset, [(METHODS.get("lsh"), {})])]


def test_the_stream_is_the_beginning_of_the_one_of_a_run_and_the_rows_after_it_are_the_queries(dataset):
    run = data_of(replace(ONLINE, examples=460), dataset)
    data = SETTING.data(HELD_OUT, dataset)[1]
    streamed = run.retrieval.learned[run.plan.order]
    assert data.retrieval.learned[data.plan.order].tolist() == streamed[:400].tolist()
    assert data.retrieval.queries.tolist() == streamed[400:].tolist()


def test_the_table_has_neither_queries_of_the_dataset_nor_held_out_rows(dataset):
    database, held_out = data_of(ONLINE, dataset).retrieval.database, SETTING.retrieval(HELD_OUT, dataset).queries
    searched = SETTING.retrieval(HELD_OUT, dataset).database
    assert set(searched) == set(database) - set(held_out)
    assert len(searched) == len(database) - 60


def test_each_trial_holds_out_other_rows(dataset):
    first, other = (SETTING.retrieval(replace(HELD_OUT, trial=trial), dataset).queries for trial in (0, 1))
    assert set(first) != set(other)
    assert SETTING.view_facts(HELD_OUT) != SETTING.view_facts(replace(HELD_OUT, trial=5))


def test_rows_are_centred_on_the_mean_of_the_table(dataset):
    seen, data = SETTING.data(HELD_OUT, dataset)
    raw = dataset.features * dataset.norms[:, None] + dataset.mean
    centred = raw - raw[data.retrieval.database].mean(axis=0)
    expected = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    assert np.allclose(seen.features[:], expected, atol=1e-6)
    assert np.allclose(seen.mean, raw[data.retrieval.database].mean(axis=0))


def test_the_score_is_that_of_a_plain_computation(dataset):
    result = SETTING.run(HELD_OUT, dataset, unobserved, Keeper())
    seen, data = SETTING.data(HELD_OUT, dataset)
    searched, asked = data.retrieval.database, data.retrieval.queries
    method = make_method(HELD_OUT).start(seen.features[searched])
    for start in range(0, 400, 50):
        rows = searched[data.plan.order[start : start + 50]]
        method.partial_fit(seen.features[rows].astype(float), dataset.labels[rows])
    codes, asked_codes = (method.encode(seen.features[rows]) for rows in (searched, asked))
    expected = expected_ap(dataset, codes, asked_codes, searched, asked)
    assert result.curve["mAP[ties=index]"].tolist() == [pytest.approx(expected, abs=1e-12)]


@pytest.mark.parametrize("method", ["ridge", "mihash", "adapthash"])
def test_neither_features_nor_labels_of_the_queries_change_anything(dataset, method):
    queries = data_of(ONLINE, dataset).retrieval.queries
    is_query = np.isin(np.arange(len(dataset.features)), queries)
    # Rows that are centred have been centred once on the mean of all rows, which leaves rounding errors.
    normalization = replace(dataset.normalization, center=False)
    given = {"query": is_query, "queries": type(dataset.queries)(), "normalization": normalization}
    features, labels = np.array(dataset.features), np.array(dataset.labels)
    before = replace(dataset, features=features.copy(), labels=labels.copy(), **given)
    features[queries], labels[queries] = np.random.default_rng(0).standard_normal((len(queries), 8)), 12345
    after = replace(dataset, features=features, labels=labels, **given)
    [parameters] = whole_sets(METHODS.get(method), [{}])
    config = replace(HELD_OUT, method=method, method_parameters=tuple(sorted(parameters.items())))
    first, second = (SETTING.run(config, each, unobserved, Keeper()) for each in (before, after))
    assert first.curve["mAP"].tolist() == second.curve["mAP"].tolist()
    assert all(np.array_equal(first.final[name], second.final[name]) for name in first.final)
    assert data_of(ONLINE, before).retrieval.queries.tolist() == sorted(queries)


@pytest.mark.parametrize(
    ("given", "sizes"),
    [
        ({"examples": 500, "update_interval": 50}, (450, 50)),
        ({"examples": 500, "update_interval": 100}, (400, 50)),
        ({"update_interval": 100}, (600, 70)),
    ],
)
def test_a_tenth_of_the_stream_is_held_out_and_the_rest_ends_at_a_table_decision(dataset, given, sizes):
    [config] = planned(dataset, **given)
    assert (config.examples, config.held_out) == sizes


def test_a_stream_that_is_too_short_is_refused(dataset):
    with pytest.raises(InputError, match=r"--update-interval: 100 \(allowed for tuning: at most 90"):
        planned(dataset, examples=100, update_interval=100)
    with pytest.raises(InputError, match=r"--examples: 900 \(allowed for synthetic: at most 720"):
        planned(dataset, examples=900)


def test_sweeps_cannot_ask_for_it_and_no_figures_were_published_for_it():
    with pytest.raises(InputError, match="--setting: 'tuning-online' is unknown"):
        chosen_sweeps({"setting": "tuning-online"})
    assert setting_of("online").published_as("cifar10") == ("online", "cifar10")
    assert SETTING.published_as("cifar10") is None

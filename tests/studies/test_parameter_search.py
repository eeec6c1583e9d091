import tomllib

import numpy as np
import pytest

from mihash_bench.batch.dpsh import DPSH
from mihash_bench.batch.shk import SHK
from mihash_bench.parameters import check
from mihash_bench.registry import BATCH_METHODS
from mihash_bench.search_space import LogUniform, OneOf
from mihash_bench.studies.parameter_search import Search, Tried, candidates, preset_of, whole_sets
from mihash_bench.sweeps.files import read_tables


def test_the_defaults_are_tried_first_and_nothing_twice():
    tried = candidates(DPSH, 30, 0)
    assert tried[0] == {"learning_rate": 200.0, "quantization": 10.0, "weight_decay": 1e-5}
    assert len(tried) == 30
    assert len({tuple(sorted(each.items())) for each in tried}) == 30


def test_a_larger_budget_begins_with_what_a_smaller_one_tried_and_another_seed_tries_others():
    assert candidates(DPSH, 30, 0)[:10] == candidates(DPSH, 10, 0)
    assert candidates(DPSH, 10, 1)[1:] != candidates(DPSH, 10, 0)[1:]


def test_a_space_smaller_than_the_budget_is_tried_completely():
    assert sorted(each["n_anchors"] for each in candidates(SHK, 20, 0)) == [300, 1000]


@pytest.mark.parametrize("name", BATCH_METHODS.names())
def test_all_draws_are_allowed_values(name):
    method = BATCH_METHODS.get(name)
    for each in whole_sets(method, candidates(method, 40, 0)):
        check(name, method.constraints, each)


def test_draws_are_spread_over_decades_and_have_three_digits():
    rng = np.random.default_rng(0)
    drawn = np.array([LogUniform(1e-4, 1e2).draw(rng) for _ in range(600)])
    assert (drawn >= 1e-4).all()
    assert (drawn <= 1e2).all()
    for decade in range(-4, 2):
        assert 60 < ((drawn >= 10.0**decade) & (drawn < 10.0 ** (decade + 1))).sum() < 140
    assert all(float(f"{value:.3g}") == value for value in drawn)
    assert {OneOf((1, "a")).draw(rng) for _ in range(50)} == {1, "a"}


def search():
    tried = {
        "dpsh": [
            Tried({"learning_rate": 200.0, "quantization": 10.0}, (0.4, 0.5)),
            Tried({"learning_rate": 2.41e-06, "quantization": 1.0}, (0.5, 0.6)),
            Tried({"learning_rate": 900.0, "quantization": 1.0}, (0.9, float("nan"))),
        ],
        "shk": [Tried({"n_anchors": 300}, (0.3, 0.3)), Tried({"n_anchors": 1000}, (0.3, 0.3))],
    }
    return Search(
        "batch-1",
        BATCH_METHODS,
        "sample",
        (12, 32),
        tried,
        {"features": 1024, "budget": 3, "seed": 7, "split": 'by "class"'},
    )


def test_the_first_set_with_the_best_mean_wins_and_failed_sets_never_do():
    assert search().best("dpsh").parameters["learning_rate"] == 2.41e-06
    assert search().best("shk").parameters == {"n_anchors": 300}


def test_a_preset_is_a_sweep_with_the_record_of_its_search():
    text = preset_of(search(), (12, 24), 3)
    [sweep] = read_tables(text, "a preset")
    assert sweep["set"] == ["dpsh.learning_rate=2.41e-06", "dpsh.quantization=1.0", "shk.n_anchors=300"]
    # Queries are drawn by the seed: with another one they might be among what was looked at.
    assert sweep["seed"] == 7
    assert (sweep["setting"], sweep["dataset"], sweep["bits"], sweep["trials"]) == ("batch-1", "sample", [12, 24], 3)
    assert tomllib.loads(text)["title"].startswith("Setting 1 on sample with 1,024 features: ")
    record = tomllib.loads(text)["tuning"]
    assert (record["budget"], record["split"], record["bits"]) == (3, 'by "class"', [12, 32])
    assert [each["learning_rate"] for each in record["dpsh"]["tried"]] == [2.41e-06, 200.0, 900.0]
    assert np.isnan(record["dpsh"]["tried"][2]["score"])
    assert record["shk"]["searched"] == {"n_anchors": "one of 300, 1000"}

import tomllib

import numpy as np
import pytest

from mihash_bench.batch.dpsh import DPSH
from mihash_bench.batch.shk import SHK
from mihash_bench.parameters import check
from mihash_bench.registry import BATCH_METHODS, METHODS
from mihash_bench.search_space import LogUniform, OneOf
from mihash_bench.settings.base import setting_of
from mihash_bench.studies.parameter_search import (
    Search,
    Tried,
    candidates,
    doubt,
    finalists,
    preset_of,
    whole_sets,
)
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


@pytest.mark.parametrize("method", [*BATCH_METHODS.classes(), *METHODS.classes()], ids=lambda each: each.__module__)
def test_all_draws_are_allowed_values(method):
    for each in whole_sets(method, candidates(method, 40, 0)):
        check(method.name, method.constraints, each)


def test_every_online_method_has_something_to_tune_but_those_without_parameters():
    assert {method.name for method in METHODS.classes() if not method.search} == {"lsh", "constant"}
    assert candidates(METHODS.get("lsh"), 20, 0) == [{}]


def test_a_fixed_parameter_is_not_searched_and_is_in_every_set():
    sets = candidates(DPSH, 5, 0, fixed={"quantization"})
    assert all(set(each) == {"learning_rate", "weight_decay"} for each in sets)
    assert {each["quantization"] for each in whole_sets(DPSH, sets, {"quantization": 3.0})} == {3.0}


def test_a_set_that_cannot_be_tried_is_replaced_by_another_draw():
    drawn = candidates(DPSH, 10, 0)
    assert any(each["learning_rate"] > 100 for each in drawn[1:])
    small = candidates(DPSH, 10, 0, possible=lambda each: each["learning_rate"] <= 100)
    assert len(small) == 10
    assert all(each["learning_rate"] <= 100 for each in small[1:])


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
        setting_of("batch-1"),
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


def tried_with(*scores):
    return [Tried({"n": i}, (score,)) for i, score in enumerate(scores)]


def test_the_best_three_sets_and_the_defaults_are_repeated_unless_there_is_no_choice():
    nan = float("nan")
    assert finalists(tried_with(0.1, 0.5, 0.3, nan, 0.4, 0.2)) == [0, 1, 2, 4]
    assert finalists(tried_with(0.6, 0.5, 0.3, 0.4, 0.2)) == [0, 1, 3]
    assert finalists(tried_with(nan, 0.5, 0.3)) == [1, 2]
    assert finalists(tried_with(0.5, nan)) == finalists(tried_with(nan)) == []


def test_a_set_that_was_repeated_wins_by_its_mean_over_trials():
    sets = [Tried({"n": 0}, (0.5,), (0.5, 0.5)), Tried({"n": 1}, (0.6,), (0.3, 0.3)), Tried({"n": 2}, (0.45,))]
    found = Search(setting_of("batch-1"), "sample", (8,), {"shk": sets}, {"features": 3, "seed": 0})
    assert found.best("shk").parameters == {"n": 0}
    tried = tomllib.loads(preset_of(found, (8,), 1))["tuning"]["shk"]["tried"]
    assert [(each["n"], each.get("further")) for each in tried] == [(0, [0.5, 0.5]), (1, [0.3, 0.3]), (2, None)]


def test_a_difference_within_rounding_or_not_in_every_trial_is_called_no_evidence():
    usual = Tried({"n": 0}, (0.50,), (0.51, 0.49))
    little, unsteady, steady = (
        Tried({"n": 1}, (0.51,), (0.52, 0.50)),
        Tried({"n": 1}, (0.60,), (0.60, 0.48)),
        Tried({"n": 1}, (0.56,), (0.57, 0.55)),
    )
    assert doubt(little, usual, 0.03) == "rounding alone moves its scores by up to 0.03"
    assert doubt(little, usual, 0.0) == ""
    assert doubt(unsteady, usual, 0.03) == "it is not better than the defaults in every trial"
    assert doubt(steady, usual, 0.03) == doubt(usual, usual, 0.03) == ""
    assert doubt(Tried({"n": 1}, (0.9,)), usual, 0.0) == "the two were not repeated in the same trials"


def test_the_preset_says_where_a_difference_is_no_evidence():
    sets = [Tried({"sigmoid_scale": 40.0}, (0.5,), (0.5, 0.5)), Tried({"sigmoid_scale": 20.0}, (0.52,), (0.52, 0.52))]
    found = Search(setting_of("batch-1"), "sample", (8,), {"mihash": sets}, {"features": 3, "seed": 0})
    record = tomllib.loads(preset_of(found, (8,), 1))["tuning"]["mihash"]
    assert record["no_evidence"] == "rounding alone moves its scores by up to 0.03"

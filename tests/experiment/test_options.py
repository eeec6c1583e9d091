from dataclasses import dataclass

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.experiment.options import Options, Text, option
from mihash_bench.parameters import Choice, Integer, Real


@dataclass(frozen=True, kw_only=True)
class Mine(Options):
    colour: tuple[str, ...] = option(("red",), Choice(("red", "blue")), "Colours.", many=True, swept=True)
    weight: float = option(1.0, Real(0), "Weight.")
    length: int | None = option(None, Integer(1), "Length.", default_is="automatic")


def test_texts_numbers_and_lists_give_the_same_options():
    texts = Mine.of({"bits": "16,32", "colour": "red, blue", "weight": "0.5", "length": "3", "dataset": "a,b"})
    values = Mine.of({"bits": [16, 32], "colour": ["red", "blue"], "weight": 0.5, "length": 3, "dataset": ("a", "b")})
    assert texts == values
    assert texts.bits == (16, 32)
    assert texts.length == 3


def test_numpy_numbers_arrays_and_ranges_are_numbers_and_lists():
    assert Mine.of({"bits": np.array([8, 16]), "trials": np.int64(2), "weight": np.float32(0.5)}) == Mine.of(
        {"bits": range(8, 17, 8), "trials": 2, "weight": 0.5}
    )


def test_what_is_not_given_or_none_keeps_its_default():
    assert Mine.of({"bits": None}) == Mine()
    assert Mine().length is None
    assert Mine.defaults()["colour"] == ("red",)


def test_a_value_named_twice_counts_once_and_a_single_number_is_a_list_of_one():
    assert Mine.of({"bits": "8,8,16"}).bits == (8, 16)
    assert Mine.of({"bits": 8}).bits == (8,)


def test_a_set_text_keeps_its_commas():
    assert Mine.of({"set": ["mihash.step_size=0.5,1", "osh.boosting=on"]}).set == (
        "mihash.step_size=0.5,1", "osh.boosting=on"
    )  # fmt: skip
    assert Mine.of({"set": "mihash.step_size=0.5,1"}).set == ("mihash.step_size=0.5,1",)


def test_a_metric_is_kept_in_the_form_in_which_it_prints():
    assert Mine.of({"metric": "mAP[ties=expected],P@5"}).metric == ("mAP", "P@5")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bits": "0"}, "--bits: 0 is not allowed (allowed: a whole number from 1 to 256)"),
        ({"bits": "eight"}, "--bits: 'eight' is not allowed"),
        ({"bits": ","}, "--bits: at least one value is needed"),
        ({"bits": "8,,16"}, "--bits: '8,,16' has an empty entry"),
        ({"method": "lsh,"}, "--method: 'lsh,' has an empty entry"),
        ({"method": ["lsh", ""]}, "--method: ['lsh', ''] has an empty entry"),
        ({"bits": True}, "--bits: True is not allowed"),
        ({"bits": 8.5}, "--bits: 8.5 is not allowed"),
        ({"colour": "green"}, "--colour: 'green' is not allowed (allowed: one of red, blue)"),
        ({"weight": "nan"}, "--weight: nan is not allowed"),
        ({"dataset": [""]}, "--dataset: at least one value is needed"),
        ({"color": "red"}, "option: 'color' is unknown; did you mean 'colour'?"),
        ({"metric": "map"}, "did you mean 'mAP'?"),
    ],
)
def test_an_invalid_value_is_refused_with_the_allowed_ones(given, said):
    with pytest.raises(InputError) as caught:
        Mine.of(given)
    assert said in str(caught.value)


def test_errors_name_the_option_as_the_caller_writes_it():
    with pytest.raises(InputError, match=r"^mine.toml: bits: 0"):
        Mine.of({"bits": 0}, lambda name: f"mine.toml: {name}")


def test_combinations_count_trials_and_swept_values_only():
    options = Mine.of({"bits": "8,16", "colour": "red,blue", "trials": 5, "metric": "mAP,P@5", "dataset": "a,b"})
    assert options.combinations == 2 * 2 * 5


def test_a_kind_of_text_refuses_nothing_but_the_empty_one():
    assert Text("a name").allows("x")
    assert not Text("a name").allows("")
    assert not Text("a name").allows(3)

import pytest

from mihash_bench.errors import InputError
from mihash_bench.experiment.parameter_grid import ParameterGrid
from mihash_bench.methods.lsh import LSH
from mihash_bench.methods.mihash import MIHash

OWNERS = {"mihash": MIHash, "lsh": LSH}


def test_every_combination_is_a_full_parameter_set():
    grid = ParameterGrid(["mihash.step_size=1,2", "mihash.gradient=exact,released"], OWNERS)
    sets = list(grid.combinations(MIHash))
    assert [(each["step_size"], each["gradient"]) for each in sets] == [
        (1.0, "exact"), (1.0, "released"), (2.0, "exact"), (2.0, "released"),
    ]  # fmt: skip
    assert grid.count(MIHash) == 4
    assert all(each["n_bins"] == sets[0]["n_bins"] for each in sets)
    assert not {"n_bits", "random_state"} & set(sets[0])


def test_values_belong_to_one_method_only():
    grid = ParameterGrid(["mihash.step_size=1,2"], OWNERS)
    assert list(grid.combinations(LSH)) == [{}]
    assert grid.count(LSH) == 1


def test_texts_for_the_same_parameter_add_up_and_repeated_values_count_once():
    grid = ParameterGrid(["mihash.step_size=1,2", " mihash.step_size = 2.0, 3"], OWNERS)
    assert [each["step_size"] for each in grid.combinations(MIHash)] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mihash", "--set: cannot read 'mihash'"),
        ("mihash.step_size=", "--set: cannot read"),
        ("=1", "--set: cannot read"),
        ("mihsh.step_size=1", "'mihsh' is unknown; did you mean 'mihash'"),
        ("mihash.step=1", "'step' is unknown; did you mean 'step_size'"),
        ("mihash.step_size=-1", "--set mihash.step_size: -1.0 is not allowed"),
    ],
)
def test_a_text_that_is_not_allowed_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        ParameterGrid([text], OWNERS)

import math

import pytest

from mihash_bench.errors import InputError
from mihash_bench.parameters import Choice, Flag, Integer, Parametrised, Real, check, defaults, parse


class Method(Parametrised):
    def __init__(self, n_bits=32, *, rate=0.5, random_state=None):
        self.n_bits = n_bits
        self.rate = rate
        self.random_state = random_state


@pytest.mark.parametrize(
    ("constraint", "allowed", "refused"),
    [
        (Integer(2), [2, 10**9], [1, 2.0, True, None, "2"]),
        (Integer(0, 5), [0, 5], [-1, 6]),
        (Integer(1, none=True), [None, 1], [0]),
        (Real(0), [0, 0.0, 1e300], [-1e-300, math.nan, math.inf, False, None]),
        (Real(0, 1, above=True), [1e-300, 1], [0, 1.001]),
        (Choice(("exact", "released")), ["exact"], ["Exact", "", None]),
        (Flag(), [True, False], [0, 1, None, "on"]),
    ],
)
def test_a_constraint_allows_its_values_and_no_others(constraint, allowed, refused):
    assert [value for value in allowed if not constraint.allows(value)] == []
    assert [value for value in refused if constraint.allows(value)] == []


@pytest.mark.parametrize(
    ("constraint", "text", "value"),
    [
        (Integer(1), " 7 ", 7),
        (Integer(1, none=True), "none", None),
        (Real(0), "1e-3", 1e-3),
        (Choice(("top", "modulus")), "top", "top"),
        (Flag(), "ON", True),
        (Flag(), "false", False),
    ],
)
def test_text_is_converted_to_a_value(constraint, text, value):
    parsed = parse("m", {"p": constraint}, "p", text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("constraint", "text", "said"),
    [
        (Integer(1), "1.5", "'1.5' is not allowed (allowed: a whole number of at least 1)"),
        (Integer(1, 9, none=True), "10", "10 is not allowed (allowed: a whole number from 1 to 9, or none)"),
        (Integer(1), "none", "'none' is not allowed (allowed: a whole number of at least 1)"),
        (Real(0, 1, above=True), "0", "0.0 is not allowed (allowed: a number above 0 and at most 1)"),
        (Real(0), "nan", "nan is not allowed (allowed: a number of at least 0)"),
        (Choice(("top", "modulus")), "tip", "'tip' is not allowed (allowed: one of top, modulus)"),
        (Flag(), "1", "'1' is not allowed (allowed: on or off)"),
    ],
)
def test_an_invalid_text_is_refused_with_the_allowed_values(constraint, text, said):
    with pytest.raises(InputError) as refusal:
        parse("m", {"p": constraint}, "p", text)
    assert str(refusal.value) == f"--set m.p: {said}"


def test_an_unknown_parameter_is_refused_with_a_suggestion():
    with pytest.raises(InputError, match=r"--set m.stepsize: 'stepsize' is unknown; did you mean 'step_size'"):
        parse("m", {"step_size": Real(0), "decay": Real(0)}, "stepsize", "1")


def test_the_first_value_that_is_not_allowed_is_named():
    with pytest.raises(InputError, match=r"m.decay: -1 is not allowed"):
        check("m", {"step_size": Real(0), "decay": Real(0)}, {"step_size": 1, "decay": -1})


def test_parameters_and_defaults_are_those_of_the_constructor():
    assert Method(8, rate=0.1).get_params() == {"n_bits": 8, "rate": 0.1, "random_state": None}
    assert list(defaults(Method).items()) == [("n_bits", 32), ("rate", 0.5), ("random_state", None)]


def test_a_clone_has_the_parameters_but_nothing_learned():
    method = Method(8)
    method.W_ = 1
    clone = method.clone()
    assert type(clone) is Method
    assert vars(clone) == method.get_params()

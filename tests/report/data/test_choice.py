"""Which rows a choice keeps, in which order, and what it calls them."""

import pytest

from mihash_bench.errors import InputError
from mihash_bench.report.data.choice import Choice, parsed_label
from mihash_bench.report.titles import series_titles

from ..frames import joined, run


def runs():
    """Two methods, one with two variants, on two datasets, one of them with another protocol, at two code lengths."""
    every = [
        run(method, variant=variant, dataset=dataset, dataset_title=title, bits=bits)
        for method, variant in (("mihash", ""), ("mihash", "step_size=0.5"), ("osh", ""))
        for dataset, title in (("sample (examples=9)", "Sample (examples=9)"), ("other", "Other"))
        for bits in (16, 32)
    ]
    return joined(*every)


def test_a_choice_keeps_the_rows_that_have_one_of_the_values_of_every_column():
    rows = Choice({"method": ("osh", "mihash"), "variant": ("",), "bits": (32,)}).of(runs())
    assert set(zip(rows["method"], rows["variant"], rows["bits"], strict=True)) == {("mihash", "", 32), ("osh", "", 32)}


def test_a_dataset_is_chosen_by_its_name_whatever_its_protocol_is():
    assert set(Choice({"dataset": ("sample",)}).of(runs())["dataset"]) == {"sample (examples=9)"}


def test_rows_are_in_the_order_of_the_chosen_datasets_and_code_lengths():
    rows = Choice({"bits": (32, 16), "dataset": ("sample", "other")}).of(runs())
    pairs = list(dict.fromkeys(zip(rows["dataset"], rows["bits"], strict=True)))
    assert pairs == [("sample (examples=9)", 32), ("sample (examples=9)", 16), ("other", 32), ("other", 16)]


def test_places_follow_the_chosen_methods_then_variants():
    named = Choice({"method": ("osh", "mihash"), "variant": ("step_size=0.5", "")}).named(runs())
    places = dict(zip(zip(named["method"], named["variant"], strict=True), named["place"], strict=True))
    assert sorted(places, key=places.__getitem__) == [("osh", ""), ("mihash", "step_size=0.5"), ("mihash", "")]


def test_methods_that_were_not_chosen_share_a_place():
    assert Choice(labels={"mihash": "Ours"}).named(runs())["place"].nunique() == 1


def test_a_label_of_a_method_keeps_the_parameters_and_one_with_parameters_does_not():
    plain = Choice(labels={"mihash": "Ours"}).named(runs())
    assert set(series_titles(plain)) == {"Ours", "Ours (step_size=0.5)", "OSH"}
    exact = Choice(labels=dict([parsed_label("mihash (step_size=0.5)=Half")])).named(runs())
    assert set(series_titles(exact)) == {"MIHASH", "Half", "OSH"}
    default = Choice(labels=dict([parsed_label("mihash()=Usual")])).named(runs())
    assert set(series_titles(default)) == {"Usual", "MIHASH (step_size=0.5)", "OSH"}


def test_a_label_of_a_dataset_keeps_the_protocol_and_one_with_the_protocol_does_not():
    assert set(Choice(labels={"sample": "C10"}).named(runs())["dataset_title"]) == {"C10 (examples=9)", "Other"}
    exact = Choice(labels=dict([parsed_label("sample (examples=9)=C10")])).named(runs())
    assert set(exact["dataset_title"]) == {"C10", "Other"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"method": ("mihsh",)}, "--method: 'mihsh' has no finished run; did you mean 'mihash'"),
        ({"dataset": ("cifar10",)}, r"--dataset: 'cifar10' has no finished run \(allowed: other, sample\)"),
        ({"bits": (8,)}, r"--bits: 8 has no finished run \(allowed: 16, 32\)"),
        ({"method": ("osh",), "variant": ("step_size=0.5",)}, "--method, --variant: no finished run has all of these"),
    ],
)
def test_a_value_without_a_run_is_named(values, said):
    with pytest.raises(InputError, match=said):
        Choice(values).of(runs())


def test_a_label_of_nothing_that_is_shown_is_named():
    with pytest.raises(InputError, match="--label: 'oshh' is not shown; did you mean 'osh'"):
        Choice(labels={"oshh": "x"}).of(runs())


@pytest.mark.parametrize("text", ["mihash", "=x", "mihash=", "mihash= ", "(a=b)=x"])
def test_a_label_needs_a_name_and_a_text(text):
    with pytest.raises(InputError, match=r"--label: .* \(allowed: NAME=TEXT"):
        parsed_label(text)


def test_the_text_of_a_label_may_contain_anything():
    assert parsed_label("mihash=a = $b$ (c)") == ("mihash", "a = $b$ (c)")
    assert parsed_label("mihash (a=1, b=2)=x") == ("mihash (a=1,b=2)", "x")

"""Every class of the package says what it means, what it costs and where it was published."""

from dataclasses import fields

import pytest

from mihash_bench.about.citations import entries_of, unknown_keys
from mihash_bench.about.docstrings import meanings_of, prose_of
from mihash_bench.cost import Cost
from mihash_bench.registry import BACKBONES, BATCH_METHODS, DATASETS, METHODS, METRICS

METHOD_CLASSES = [*METHODS.classes(), *BATCH_METHODS.classes()]
CLASSES = [*METHOD_CLASSES, *DATASETS.classes(), *BACKBONES.classes(), *METRICS.classes()]


def name(each):
    return f"{each.__module__.removeprefix('mihash_bench.')}"


@pytest.mark.parametrize("each", CLASSES, ids=name)
def test_a_class_has_prose_and_a_citation_with_bibtex(each):
    assert len(prose_of(each)) > 40
    assert entries_of(each.citation)
    assert unknown_keys(each.citation) == []


@pytest.mark.parametrize("each", CLASSES, ids=name)
def test_every_parameter_has_a_meaning_and_nothing_else_has_one(each):
    parameters = {field.name for field in fields(each)} if each in METRICS.classes() else set(each.constraints)
    meanings = meanings_of(each)
    assert set(meanings) == parameters
    assert all(len(meaning) > 10 and meaning.endswith(".") for meaning in meanings.values())


@pytest.mark.parametrize("method", METHOD_CLASSES, ids=name)
def test_a_method_states_its_cost(method):
    assert isinstance(method.cost, Cost)
    assert "O(" in method.cost.memory
    assert "O(" in method.cost.time or not method.learns

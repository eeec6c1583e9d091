"""Docstrings of classes, as Sphinx gets them."""

import inspect

from making.docstrings import sections_for_sphinx

from mihash_bench.datasets.base import DatasetSource
from mihash_bench.methods.mihash import MIHash


def lines_of(owner):
    lines = inspect.getdoc(owner).splitlines()
    sections_for_sphinx(None, "class", owner.__name__, owner, None, lines)
    return lines


def test_each_parameter_is_a_field_with_its_meaning():
    lines = lines_of(MIHash)
    assert ":param decay: how fast the step falls; 0 keeps it constant." in lines
    assert not any(line.startswith("---") for line in lines)
    [gradient] = [line for line in lines if line.startswith(":param gradient:")]
    assert "``released``" in gradient


def test_each_attribute_is_an_entry_of_a_list():
    lines = lines_of(DatasetSource)
    assert lines[lines.index("``title``") + 1] == "    the name in figures and tables."
    assert ".. rubric:: Attributes" in lines


def test_docstrings_of_functions_are_left_alone():
    lines = ["Return a value.", "", "Parameters", "----------", "x : a number."]
    sections_for_sphinx(None, "function", "f", lambda x: x, None, copy := list(lines))
    assert copy == lines

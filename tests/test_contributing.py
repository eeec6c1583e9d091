"""CONTRIBUTING.md names the rooms that exist, and files that exist for the changes that people ask about."""

import re
from pathlib import Path

import pytest

from tests.test_architecture import FLOORS, modules, room

ROOT = Path(__file__).parent.parent
SUBJECTS = [
    "a method's gradient",
    "a metric",
    "a dataset",
    "a figure's legend",
    "the run key",
    "what resumes",
    "how results are read and checked",
    "a setting's option",
    "a table's column",
]


def table_under(heading):
    """The cells of the table below a heading, without its header."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    [section] = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page, flags=re.M | re.S)
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def named(cell):
    return re.findall(r"`([^`]+)`", cell)


CHANGES = {what: (named(files), named(tests)) for what, files, tests, _ in table_under("Where do I change ...?")}


def test_the_table_answers_every_question():
    assert set(SUBJECTS) < set(CHANGES)


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_has_files_and_tests_that_exist(what):
    files, tests = CHANGES[what]
    assert files
    assert tests
    assert all(path.startswith("mihash_bench/") for path in files)
    assert all(path.startswith("tests/") for path in tests)
    missing = [path for path in [*files, *tests] if not (ROOT / path).is_file()]
    assert not missing


@pytest.mark.parametrize("what", SUBJECTS)
def test_a_change_is_made_in_one_or_two_files(what):
    files, tests = CHANGES[what]
    assert len(files) <= 2
    assert len(tests) <= 2


def test_every_compiled_loop_is_named():
    compiled = {str(path.relative_to(ROOT)) for path in modules() if re.search(r"^@compiled\(", path.read_text(), re.M)}
    assert compiled == set(CHANGES["a speed-critical compiled loop"][0])


def test_the_rooms_are_those_of_the_package_from_the_lowest_floor_to_the_highest():
    rows = [set(named(cell)) for cell, _ in table_under("Rooms")]
    assert rows == FLOORS
    assert set().union(*rows) == {room(path) for path in modules()} - {"__init__"}


def test_every_file_of_package_and_tests_that_the_page_names_exists():
    page = (ROOT / "CONTRIBUTING.md").read_text()
    paths = re.findall(r"`((?:mihash_bench|tests)/[\w./]*\w\.\w+)`", page)
    # A path that stands for many has capitals or one-letter names.
    real = [path for path in paths if not re.search(r"[A-Z]|/[a-z]/", path)]
    assert len(real) > len(SUBJECTS)
    missing = [path for path in real if not (ROOT / path).is_file()]
    assert not missing

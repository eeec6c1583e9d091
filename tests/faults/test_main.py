"""The command line of the fault-injection suite."""

import pytest

from tests.faults.__main__ import PARTS, arguments, main
from tests.faults.liars import traceback_in


def test_help_starts_nothing_and_names_every_part(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(name in said for name in PARTS)


@pytest.mark.parametrize("given", [["disk"], ["--seed", "-1"], ["--attacks", "many"]])
def test_wrong_arguments_are_refused_before_anything_starts(given, capsys):
    with pytest.raises(SystemExit) as ended:
        main(given)
    assert ended.value.code == 2
    assert given[-1] in capsys.readouterr().err


def test_a_part_runs_alone_with_the_given_number_of_attacks(capsys):
    assert main(["files", "--attacks", "3", "--seed", "5"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("damaged input: files tried 3")
    assert "caches" not in said


def test_no_part_begins_after_the_time(capsys):
    assert main(["caches", "kills", "--minutes", "-1"]) == 0
    assert "not begun, because the time was up: caches, kills" in capsys.readouterr().out


def test_all_parts_are_the_default():
    chosen = arguments([])
    assert (chosen.parts, chosen.seed, chosen.attacks, chosen.minutes) == ([], 0, None, None)


def test_a_traceback_is_told_from_what_a_liar_prints():
    trace = "Traceback (most recent call last):\n  File x\n    raise y\nValueError: y"
    assert traceback_in(f"\x1b[2J\n{trace}\nliars.py:3: UserWarning: w\n") == trace
    assert traceback_in(trace) == trace

"""The time left follows from the work that is left and the speed so far."""

import pytest

from mihash_bench.running.time_left import TimeLeft


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_nothing_is_known_before_any_work_is_done():
    assert TimeLeft({"a": 1.0}).seconds() is None
    assert TimeLeft({"a": 1.0, "b": 3.0}, 20.0).seconds() == 20.0


def test_runs_count_by_their_work_and_parts_of_runs_count():
    clock = Clock()
    left = TimeLeft({"small": 1.0, "large": 3.0}, clock=clock)
    clock.now = 10.0
    left.ended("small", performed=True)
    assert left.seconds() == 30.0
    left.reached("large", 1 / 3)
    clock.now = 20.0
    assert left.seconds() == pytest.approx(20.0)
    left.ended("large", performed=True)
    assert left.seconds() == 0.0


def test_a_run_with_nothing_to_do_says_nothing_about_the_speed():
    clock = Clock()
    left = TimeLeft({"there": 5.0, "a": 1.0, "b": 1.0}, clock=clock)
    left.ended("there", performed=False)
    clock.now = 4.0
    left.ended("a", performed=True)
    assert left.seconds() == 4.0


def test_past_runs_count_less_the_more_has_been_done():
    clock = Clock()
    left = TimeLeft({"a": 1.0, "b": 1.0}, 2.0, clock=clock)
    clock.now = 3.0
    left.ended("a", performed=True)
    # One second a run before, three now, and half of the work is done.
    assert left.seconds() == 2.0

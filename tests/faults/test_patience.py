"""A process that hangs is told from one that is slow."""

import subprocess
import sys
import time

import pytest

from tests.faults import patience
from tests.faults.patience import Patience


@pytest.fixture
def process(request):
    started = subprocess.Popen([sys.executable, "-c", request.param])
    yield started.pid
    started.kill()
    started.wait()


def _looks_until_over(given: Patience, most: int) -> int:
    for number in range(most):
        if given.is_over():
            return number
        time.sleep(0.02)
    return most


@pytest.mark.parametrize("process", ["while True: pass"], indirect=True)
def test_a_process_that_computes_for_ever_hangs(process):
    given = Patience(process, 0.3)
    assert _looks_until_over(given, 5_000) < 5_000
    assert given.used > 0.3


@pytest.mark.parametrize("process", ["import time; time.sleep(600)"], indirect=True)
def test_a_process_that_waits_for_ever_hangs(process):
    given = Patience(process, 0.5)
    assert _looks_until_over(given, 5_000) < 5_000
    assert given.idle > 0.5


@pytest.mark.parametrize("process", ["import time; time.sleep(600)"], indirect=True)
def test_time_in_which_nobody_looked_does_not_count(process, monkeypatch):
    clock = 0.0
    monkeypatch.setattr(patience.time, "monotonic", lambda: clock)
    given = Patience(process, 60.0)
    clock = 3_600.0
    assert not given.is_over()
    assert given.idle <= 1.0

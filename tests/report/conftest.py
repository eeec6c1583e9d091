import pytest

from .frames import three_trials


@pytest.fixture
def frame():
    return three_trials()

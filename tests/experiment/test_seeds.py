import numpy as np
import pytest

from mihash_bench.experiment.seeds import generator, seed_sequence


def test_numbers_of_a_name_never_change():
    assert seed_sequence(0, "stream", "cifar10", 2).spawn_key == (1899931868, 2152038528, 979268564)
    assert generator(0, "stream", "cifar10", 2).integers(1000, size=4).tolist() == [946, 60, 848, 216]


@pytest.mark.parametrize("other", [(1, "a", "b", 0), (0, "b", "a", 0), (0, "a", "b", 1), (0, "ab", 0), (0, "a", "b")])
def test_every_part_of_a_name_and_its_order_count(other):
    drawn = generator(0, "a", "b", 0).random(4)
    np.testing.assert_array_equal(drawn, generator(0, "a", "b", 0).random(4))
    assert not np.array_equal(drawn, generator(*other).random(4))

import numpy as np

from mihash_bench.stream.order import draw_order


def test_each_epoch_is_a_new_permutation_of_the_whole_database():
    order = draw_order(30, 75, np.random.default_rng(0))
    assert sorted(order[:30]) == sorted(order[30:60]) == list(range(30))
    assert order[:30].tolist() != order[30:60].tolist()
    assert len(set(order[60:])) == 15

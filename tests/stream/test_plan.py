import numpy as np
import pytest

from mihash_bench.stream.plan import StreamPlan


@pytest.mark.parametrize("checkpoints", [[], [3, 3], [5, 2], [0, 11]])
def test_checkpoints_that_do_not_ascend_within_the_stream_are_refused(checkpoints):
    with pytest.raises(ValueError, match="ascend"):
        StreamPlan(np.arange(10), np.array(checkpoints), np.arange(0), np.empty(0), np.zeros(10))


@pytest.mark.parametrize(("keys", "start_keys"), [(9, 2), (10, 1)])
def test_keys_that_do_not_belong_to_one_row_each_are_refused(keys, start_keys):
    with pytest.raises(ValueError, match="needs one key"):
        StreamPlan(np.arange(10), np.array([10]), np.arange(2), np.zeros(start_keys), np.zeros(keys))

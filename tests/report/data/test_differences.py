import pandas as pd

from mihash_bench.report.data.differences import worse

from ..miss_rate import installed


def test_worse_respects_whether_larger_values_are_better(monkeypatch):
    installed(monkeypatch)
    frame = pd.DataFrame({"metric": ["mAP", "mAP", "miss@5", "miss@5"], "difference": [-0.02, 0.02, -0.02, 0.02]})
    assert list(worse(frame, 0.01).index) == [0, 3]
    assert list(worse(frame, 0.02).index) == []


def test_a_difference_of_exactly_the_amount_is_allowed_whatever_its_last_digits():
    frame = pd.DataFrame({"metric": ["mAP"], "difference": [0.7 - 0.8]})
    # 0.7 - 0.8 is a little below -0.1.
    assert -frame["difference"][0] > 0.1
    assert len(worse(frame, 0.1)) == 0

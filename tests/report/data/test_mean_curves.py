import numpy as np
import pytest

from mihash_bench.report.data.mean_curves import by_checkpoint, over_bits, over_measured

from ..frames import batch_run, joined, run


def test_trials_are_averaged_at_every_measured_x_and_keep_their_last_value():
    trials = joined(run(values=(0, 1, 2)), run(trial=1, x=(0, 50, 100), values=(1, 1, 3)))
    curve = over_measured(trials, "examples", "mAP")
    assert curve.x.tolist() == [0, 50, 100, 200]
    assert curve.mean.tolist() == pytest.approx([0.5, 0.75, 2, 2.5])
    assert curve.sd.tolist() == pytest.approx([np.std(each, ddof=1) for each in ([0, 1], [0.5, 1], [1, 3], [2, 3])])
    assert curve.trials == 2


def test_before_a_trials_first_checkpoint_its_first_value_is_used():
    late = joined(run(values=(0, 0, 0)), run(trial=1, x=(100, 150, 200), values=(1, 1, 1)))
    assert over_measured(late, "examples", "mAP").mean.tolist() == [0.5] * 4


def test_where_x_repeats_the_last_value_counts():
    repeated = run(values=(0.1, 0.2, 0.3)).assign(bit_recomputations=[0, 1000, 1000])
    curve = over_measured(repeated, "bit_recomputations", "mAP")
    assert (curve.x.tolist(), curve.mean.tolist()) == ([0, 1000], [0.1, 0.3])


def test_a_single_x_is_one_point_with_the_last_values():
    trials = joined(run(values=(0.1, 0.1, 0.2)), run(trial=1, values=(0.1, 0.1, 0.4))).assign(bit_recomputations=0)
    curve = over_measured(trials, "bit_recomputations", "mAP")
    assert curve.x.tolist() == [0]
    assert curve.mean.tolist() == pytest.approx([0.3])
    assert curve.sd.tolist() == pytest.approx([np.std([0.2, 0.4], ddof=1)])


def test_on_a_logarithmic_axis_trials_are_straight_lines_as_drawn():
    trials = joined(run(x=(0, 1, 100), values=(0, 0, 1)), run(trial=1, x=(0, 10, 100), values=(0, 0.5, 1)))
    curve = over_measured(trials, "examples", "mAP", linear_to=1)
    assert curve.x.tolist() == [0, 1, 10, 100]
    np.testing.assert_allclose(curve.mean, [0, 0.125, 0.5, 1])
    np.testing.assert_allclose(curve.sd[2:], [0, 0], atol=1e-12)


def test_over_bits_each_trial_counts_with_its_last_value():
    runs = [run(trial=t, bits=bits, values=(0, 0, bits / 100 + t / 10)) for t in range(2) for bits in (16, 8)]
    curve = over_bits(joined(*runs), "mAP")
    assert curve.x.tolist() == [8, 16]
    np.testing.assert_allclose(curve.mean, [0.13, 0.21])
    np.testing.assert_allclose(curve.sd, [0.1 / 2**0.5] * 2)
    assert curve.trials == 2


def test_trials_are_averaged_checkpoint_by_checkpoint_and_keep_their_last_values():
    short = batch_run(trial=0, values=(0.1, 0.3)).assign(train_s=[0.0, 1.0])
    long = batch_run(trial=1, values=(0.1, 0.5)).assign(train_s=[0.0, 3.0])
    more = long.tail(1).assign(epoch=4, examples=20_000, mAP=0.7, train_s=5.0)
    curve = by_checkpoint(joined(short, long, more), "train_s", "mAP")
    assert curve.x.tolist() == [0.0, 2.0, 3.0]
    np.testing.assert_allclose(curve.mean, [0.1, 0.4, 0.5])
    np.testing.assert_allclose(curve.sd, [0.0, np.std([0.3, 0.5], ddof=1), np.std([0.3, 0.7], ddof=1)], atol=1e-12)
    assert curve.trials == 2
    assert np.isnan(by_checkpoint(short, "train_s", "mAP").sd).all()

import numpy as np
import pytest

from mihash_bench.datasets.sample import Sample
from mihash_bench.errors import InputError
from mihash_bench.settings.base import setting_of
from mihash_bench.sweeps.choose import chosen_sweeps


def test_tuning_uses_the_training_points_of_setting_1_and_never_its_queries(cache_dir, tmp_path):
    dataset = Sample().load(tmp_path, cache_dir)
    tried, final = (setting_of(name).draw_split(dataset, seed=3, trial=0) for name in ("tuning-1", "batch-1"))
    used = np.concatenate([tried.training, tried.queries, tried.database])
    assert set(used) == set(final.training)
    assert not set(used) & set(final.queries)


def test_sweeps_cannot_ask_for_the_tuning_setting():
    with pytest.raises(InputError, match="--setting: 'tuning-1' is unknown"):
        chosen_sweeps({"setting": "tuning-1"})


def test_its_runs_are_never_compared_with_published_figures():
    assert setting_of("batch-1").published_as("cifar10") == ("batch", "1")
    assert setting_of("tuning-1").published_as("cifar10") is None

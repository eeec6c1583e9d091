from pathlib import Path

import numpy as np
import pytest
import scipy.io

from mihash_bench.datasets.labelme import LabelMe
from mihash_bench.experiment.split import draw_split, neighbor_rule
from mihash_bench.neighbors import WithinDistance

pytestmark = pytest.mark.usefixtures("small_files")


def test_a_thousand_random_rows_are_queries_and_neighbors_are_within_a_distance(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "LabelMe_GIST.mat", {"gist": np.random.default_rng(0).random((1200, 5))})
    dataset = LabelMe().load(tmp_path, tmp_path / "cache")
    split = draw_split(dataset, np.random.default_rng(0))
    assert dataset.labels is None
    assert len(split.queries) == 1000
    assert len(split.database) == 200
    assert isinstance(neighbor_rule(dataset, split), WithinDistance)


def test_the_real_file_has_22019_rows(data_dir: Path, cache_dir: Path) -> None:
    assert LabelMe().load(data_dir, cache_dir).features.shape[0] == 22_019

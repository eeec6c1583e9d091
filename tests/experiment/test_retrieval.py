from dataclasses import replace

import pytest

from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.experiment.retrieval import draw_retrieval


def test_one_split_serves_all_trials_of_a_seed(tmp_path):
    dataset = Synthetic(n=300, d=4, classes=3).load(tmp_path, tmp_path)
    first, again, other = (draw_retrieval(dataset, seed) for seed in (0, 0, 1))
    assert first.database.tolist() == again.database.tolist() != other.database.tolist()
    renamed = draw_retrieval(replace(dataset, digest="another"), 0)
    assert renamed.database.tolist() == first.database.tolist()


def test_a_trial_with_a_split_of_its_own_draws_it_from_its_number(tmp_path):
    dataset = Synthetic(n=300, d=4, classes=3).load(tmp_path, tmp_path)
    shared, first, again, other = (draw_retrieval(dataset, 0, trial) for trial in (None, 0, 0, 1))
    assert first.queries.tolist() == again.queries.tolist()
    assert first.database.tolist() == again.database.tolist()
    drawn = {tuple(each.queries.tolist()) for each in (shared, first, other)}
    assert len(drawn) == 3


def test_rows_are_taken_by_their_position_in_the_database(tmp_path):
    dataset = Synthetic(n=300, d=4, classes=3).load(tmp_path, tmp_path)
    retrieval = draw_retrieval(dataset, 0)
    X, y = retrieval.take([2, 0])
    assert (dataset.features[retrieval.database[[2, 0]]] == X).all()
    assert y.tolist() == dataset.labels[retrieval.database[[2, 0]]].tolist()
    assert (retrieval.database_rows[[2, 0]] == X).all()


@pytest.mark.parametrize("name", ["features", "labels", "queries", "database"])
def test_a_method_cannot_change_what_it_is_evaluated_on(tmp_path, name):
    retrieval = draw_retrieval(Synthetic(n=300, d=4, classes=3).load(tmp_path, tmp_path), 0)
    with pytest.raises(ValueError, match="read-only"):
        getattr(retrieval, name)[:] = 0
    with pytest.raises(ValueError, match="read-only"):
        retrieval.database_rows.database[:] = 0

"""Rankings by cosine, compared with plain loops."""

from pathlib import Path

import numpy as np
import pytest

from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.experiment import float_ranking
from mihash_bench.experiment.float_ranking import first_equal_rows, float_values, ranked, similarities
from mihash_bench.experiment.retrieval import DatabaseRows, Retrieval, draw_retrieval
from mihash_bench.metrics.base import parse_metric
from mihash_bench.neighbors import SharedLabels

METRICS = [parse_metric(text) for text in ("mAP", "mAP[ties=index]", "mAP@20", "P@10")]


@pytest.fixture(scope="module")
def retrieval(cache_dir):
    return draw_retrieval(Synthetic(n=400, d=8).load(Path(), cache_dir), 0)


def plain_ranking(retrieval, query):
    """The relevance of the database by falling cosine, equal ones in database order."""
    q = retrieval.features[query].astype(float)
    cosines = [float(q @ x) / np.linalg.norm(x) for x in retrieval.features[retrieval.database].astype(float)]
    order = sorted(range(len(cosines)), key=lambda row: -cosines[row])
    return [retrieval.labels[retrieval.database[row]] == retrieval.labels[query] for row in order]


def test_values_are_those_of_a_plain_ranking(retrieval):
    rankings = [np.array(plain_ranking(retrieval, query)) for query in retrieval.queries]
    precisions = [np.cumsum(hits) / np.arange(1, len(hits) + 1) for hits in rankings]
    ap = [p[hits].mean() for p, hits in zip(precisions, rankings, strict=True)]
    first = [(p[:20], hits[:20]) for p, hits in zip(precisions, rankings, strict=True)]
    at_20 = [p[hits].mean() if hits.any() else 0 for p, hits in first]
    found = float_values(retrieval, METRICS)
    expected = {
        "mAP": np.mean(ap), "mAP[ties=index]": np.mean(ap), "mAP@20": np.mean(at_20),
        "P@10": np.mean([p[9] for p in precisions]),
    }  # fmt: skip
    assert found == pytest.approx(expected, abs=1e-12)


def test_chunks_of_queries_and_rows_change_nothing(retrieval, monkeypatch):
    whole = float_values(retrieval, METRICS)
    monkeypatch.setattr(float_ranking, "SIMILARITY_BYTES", 8 * 360 * 7)
    monkeypatch.setattr(float_ranking, "SORTED_PAIRS", 360 * 3)
    monkeypatch.setattr(float_ranking, "CHUNK_ROWS", 50)
    assert float_values(retrieval, METRICS) == pytest.approx(whole, abs=1e-12)


def tied(features, labels, database):
    labels = np.array(labels)
    return Retrieval(np.array(features, np.float32), labels, np.array([0]), np.array(database), SharedLabels())


def test_ties_of_equal_rows_are_treated_as_the_metric_says():
    # Rows 1, 2 and 3 are equal; of these, only row 3 is relevant. Row 4 is farther away and relevant.
    near, far = [0.6, 0.8], [-1.0, 0.0]
    one = tied([[1, 0], near, near, near, far], [1, 0, 0, 1, 1], [1, 2, 3, 4])
    expected, index = (float_values(one, [parse_metric(text)])[text] for text in ("mAP", "mAP[ties=index]"))
    assert index == pytest.approx((1 / 3 + 2 / 4) / 2)
    assert expected == pytest.approx(((1 + 1 / 2 + 1 / 3) / 3 + 2 / 4) / 2)
    other = tied([[1, 0], near, near, near, far], [1, 0, 0, 1, 1], [3, 1, 2, 4])
    assert float_values(other, [parse_metric("mAP[ties=index]")])["mAP[ties=index]"] == pytest.approx((1 + 2 / 4) / 2)


def test_rows_are_scaled_and_zero_rows_are_in_the_middle():
    rows = DatabaseRows(np.array([[2, 0], [1, 1], [0, 0], [-3, 0]], np.float32), np.arange(4))
    found = similarities(np.array([[5.0, 0.0]]), rows)
    assert found[0] == pytest.approx([5, 5 / np.sqrt(2), 0, -5])


def test_equal_rows_are_found_also_with_negative_zeros():
    rows = DatabaseRows(np.array([[0.0, 1], [1, 0], [-0.0, 1], [1, 0]], np.float32), np.array([3, 0, 2, 1]))
    assert first_equal_rows(rows).tolist() == [0, 1, 1, 0]


def test_levels_count_the_items_of_equal_similarity():
    counts, ranks = ranked(np.array([[0.5, 0.9, 0.5], [0.1, 0.2, 0.3]]), np.array([[1, 0, 1], [1, 1, 0]], bool), (2,))
    assert counts.items.tolist() == [[1, 2, 0], [1, 1, 1]]
    assert counts.hits.tolist() == [[0, 2, 0], [0, 1, 1]]
    assert ranks.found.tolist() == [[1], [1]]
    assert ranks.precision_sums.tolist() == [[0.5], [0.5]]

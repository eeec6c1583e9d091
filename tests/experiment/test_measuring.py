import numpy as np

from mihash_bench.codes import pack
from mihash_bench.encoders import LinearCodes
from mihash_bench.evaluation import Evaluation
from mihash_bench.experiment.measuring import evaluate_codes, final_arrays, metric_values, values_of_queries, with_final
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.metrics.average_precision import MAP_EXPECTED, MAP_INDEX
from mihash_bench.metrics.base import parse_metrics
from mihash_bench.neighbors import SharedLabels

# Rows 0 and 4 are queries. The nearest database row of row 0 has its label; row 4 is the only one of its class.
CODES = np.array([[0, 0, 0], [0, 0, 1], [1, 1, 1], [0, 1, 1], [1, 0, 0]], bool)
LABELS = np.array([0, 0, 1, 1, 2])


def retrieval():
    return Retrieval(np.zeros((5, 2)), LABELS, np.array([0, 4]), np.array([3, 1, 2]), SharedLabels())


def test_codes_are_taken_by_the_rows_of_queries_and_database():
    metrics = parse_metrics("mAP,P@1,P@r0")
    values = metric_values(evaluate_codes(retrieval(), pack(CODES), metrics, 3), metrics)
    # AP is averaged over the one query with relevant rows, precision over both queries. No database row has the code
    # of a query, so all balls of radius 0 are empty.
    wanted = {"mAP": 1.0, "P@1": 0.5, "P@r0": 0.0, "queries_without_relevant": 1, "P@r0 empty": 1.0}
    assert values == wanted
    assert list(values) == list(wanted)


def test_the_final_arrays_are_those_of_the_queries_and_of_the_encoder():
    encoder = LinearCodes(np.eye(2))
    evaluation = evaluate_codes(retrieval(), pack(CODES), [MAP_EXPECTED, MAP_INDEX], 3)
    final = final_arrays(evaluation, np.array([0, 4]), encoder)
    assert set(final) == {"ap_expected", "ap_index", "queries", "W"}
    np.testing.assert_array_equal(final["ap_expected"], [1.0, np.nan])
    assert final["queries"].tolist() == [0, 4]


def test_the_values_of_queries_are_those_of_metrics_that_the_final_arrays_do_not_have():
    metrics = parse_metrics("P@1,mAP,mAP@2,mAP[ties=index]")
    evaluation = evaluate_codes(retrieval(), pack(CODES), with_final(metrics), 3)
    values = values_of_queries(evaluation, metrics)
    assert list(values) == ["P@1", "mAP@2"]
    for metric in metrics[::2]:
        assert np.nanmean(values[str(metric)]) == evaluation.value(metric)


def test_values_of_queries_keep_their_type_unless_run_files_cannot_store_it():
    metric = MAP_EXPECTED
    given = {np.float32: np.float32, np.int64: np.int64, np.longdouble: np.float64}
    for before, after in given.items():
        found = Evaluation(None, None, {parse_metrics("P@1")[0]: np.ones(2, before)})
        assert values_of_queries(found, [metric, *parse_metrics("P@1")])["P@1"].dtype == after
    hidden = np.ma.masked_array([1.0, 0.5], [False, True])
    found = Evaluation(None, None, {parse_metrics("P@1")[0]: hidden})
    np.testing.assert_array_equal(values_of_queries(found, parse_metrics("P@1"))["P@1"], [1.0, np.nan])

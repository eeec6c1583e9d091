"""Recomputing the codes and AP values of a finished run from its snapshot and its dataset."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config
from mihash_bench.experiment.measuring import evaluate_codes, metric_values, with_final
from mihash_bench.metrics.average_precision import MAP_EXPECTED, MAP_INDEX
from mihash_bench.metrics.base import Metric, parse_metric
from mihash_bench.settings.base import read_config
from mihash_bench.store.record import Columns, RunRecord
from mihash_bench.sweeps.table_codes import DatasetsOfRuns, final_codes, mixing_policy

# On the machine of the run, the values are equal. On another one, a product close to zero may have another sign.
TOLERANCE = 1e-9


class Recomputation:
    """Compares finished runs with what their snapshots give on their datasets.

    data_dir, cache_dir: the folders of data files and prepared datasets. without_data: the number of runs that could
    not be compared because their dataset cannot be loaded, by the dataset's name and the reason. mixed: the number of
    runs whose hash tables contain codes of several snapshots, which only a new run can give, by the table policy.
    """

    def __init__(self, data_dir: Path, cache_dir: Path) -> None:
        self._datasets = DatasetsOfRuns(data_dir, cache_dir)
        self.without_data: Counter[tuple[str, str]] = Counter()
        self.mixed: Counter[str] = Counter()

    def fault(self, record: RunRecord) -> str:
        """Return how a finished run differs from its snapshot, or "" if it does not.

        All rows are coded with the stored hash functions, and the stored values of queries and the last value of each
        metric are computed from these codes. A run that cannot be compared is counted in ``without_data`` or ``mixed``.
        Raises InputError if the setting or the method is not there.
        """
        setting, config = read_config(str(record.attributes["config"]))
        if policy := mixing_policy(config):
            self.mixed[policy] += 1
            return ""
        try:
            dataset = self._datasets.of(config)
        except InputError as error:
            self.without_data[config.dataset, str(error)] += 1
            return ""
        if dataset.digest != record.attributes["dataset_digest"]:
            return "cannot be recomputed: the files of its dataset are not those in --data-dir"
        retrieval = setting.retrieval(config, dataset)
        return _difference(record, config, retrieval, final_codes(record, setting, config, retrieval))


def _difference(record: RunRecord, config: Config, retrieval: Any, words: Any) -> str:
    if not np.array_equal(record.final["queries"], retrieval.queries):
        return "its queries are not those of its dataset"
    metrics = [parse_metric(text) for text in str(record.attributes["metrics"]).split(",")]
    found = evaluate_codes(retrieval, words, with_final(metrics), config.bits, threads=config.threads)
    stored: list[tuple[Metric, str, Columns]] = [
        (MAP_EXPECTED, "ap_expected", record.final),
        (MAP_INDEX, "ap_index", record.final),
        *((metric, str(metric), record.per_query) for metric in metrics if str(metric) in record.per_query),
    ]
    for metric, array, values in stored:
        off = ~np.isclose(values[array], found.per_query[metric], rtol=0, atol=TOLERANCE, equal_nan=True)
        if off.any():
            return f"the {array} of {off.sum()} of {len(off)} queries differs from what its snapshot gives"
    for name, value in metric_values(found, metrics).items():
        last = record.curve[name][-1] if name in record.curve else np.nan
        if not np.isclose(last, value, rtol=0, atol=TOLERANCE, equal_nan=True):
            return f"its curve ends with {name} {last:.6g}, but its snapshot gives {value:.6g}"
    return ""


def fault_of_snapshot(record: RunRecord, recomputation: Recomputation) -> str:
    """Return the fault of a run, as one line, also if it cannot be recomputed. A run that is not done has none."""
    if record.attributes["status"] != "done":
        return ""
    try:
        return recomputation.fault(record)
    except InputError as error:
        return f"cannot be recomputed: {error}"

"""Performing the runs of the batch settings."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.batch.base import BatchHasher
from mihash_bench.codes import Words
from mihash_bench.datasets.base import Dataset
from mihash_bench.experiment.coding import Coder
from mihash_bench.experiment.divergence import Watch
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.measuring import (
    evaluate_codes,
    final_arrays,
    metric_values,
    values_of_queries,
    with_final,
)
from mihash_bench.experiment.raw_encoder import preprocessing_of
from mihash_bench.experiment.result import Observer, RunResult, curve_columns, decision_columns
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.experiment.snapshot import Snapshot
from mihash_bench.experiment.training_points import BatchSplit, TrainingCentred, class_labels
from mihash_bench.metrics.base import Metric, parse_metric
from mihash_bench.neighbors import SharedLabels
from mihash_bench.settings._batch_options import BatchConfig
from mihash_bench.settings._batch_plan import make_method
from mihash_bench.store.provenance import peak_memory_bytes

# Rows are converted in small chunks to keep temporary memory small, because peak memory is measured.
FEW_ROWS = 256


@dataclass(frozen=True)
class _Checkpoint:
    """The state of a method after an epoch."""

    epoch: int
    snapshot: Snapshot
    objective: float
    train_s: float


def run(config: BatchConfig, dataset: Dataset, split: BatchSplit, observer: Observer, keeper: Keeper) -> RunResult:
    """Perform one run: learn first, then code and evaluate the stored snapshots.

    Evaluation therefore influences neither learning nor its measured time and memory. The measured memory is that of
    the training points, the method and the snapshots. The last checkpoint is the last epoch.
    """
    labels, features = class_labels(dataset), TrainingCentred(dataset, split.training)
    before = peak_memory_bytes()
    watch = Watch()
    checkpoints = _learn(config, features, labels, split, observer, watch)
    growth = peak_memory_bytes() - before
    retrieval = _retrieval(features, dataset, split)
    result = _measured(config, retrieval, checkpoints, len(split.training))
    shown = {text: float(result.curve[text][-1]) for text in config.metrics}
    observer(len(checkpoints), len(checkpoints), shown)
    for each in checkpoints:
        keeper.add(each.snapshot.arrays(), new=True)
    stuck = "" if watch.changed else "no update: its hash functions never change"
    return replace(
        result,
        preprocessing=preprocessing_of(features.mean, unit=features.unit),
        costs={"train_memory_bytes": growth},
        kept=keeper.kept(),
        diverged=watch.reason or stuck,
    )


def retrieval_of(dataset: Dataset, split: BatchSplit) -> Retrieval:
    """Return the retrieval of a run, whose features are centred on its training points."""
    return _retrieval(TrainingCentred(dataset, split.training), dataset, split)


def _retrieval(features: TrainingCentred, dataset: Dataset, split: BatchSplit) -> Retrieval:
    return Retrieval(features, dataset.labels, split.queries, split.database, SharedLabels())  # type: ignore[arg-type]


def _learn(
    config: BatchConfig, features: TrainingCentred, labels: Any, split: BatchSplit, observer: Observer, watch: Watch
) -> list[_Checkpoint]:
    method = make_method(config)
    wanted = measured_epochs(method.n_epochs, config.checkpoints)
    kept: list[_Checkpoint] = []
    X, y = _training_points(features, split.training), labels[split.training]
    train_s, began = 0.0, time.perf_counter()
    last = 0
    for last in method.fit_by_epoch(X, y):
        train_s += time.perf_counter() - began
        if last in wanted:
            kept.append(_checkpoint(method, config.bits, features, last, train_s))
            _look_at(kept[-1], watch)
            observer(len(kept), len(wanted), {"objective": kept[-1].objective})
        elif last == 0:
            watch.see(method.snapshot().arrays(), "at the start")
        began = time.perf_counter()
    if not kept or kept[-1].epoch != last:
        kept.append(_checkpoint(method, config.bits, features, last, train_s))
        _look_at(kept[-1], watch)
    return kept


def _look_at(checkpoint: _Checkpoint, watch: Watch) -> None:
    when = f"after epoch {checkpoint.epoch}"
    watch.see(checkpoint.snapshot.arrays(), when)
    watch.see_objective(checkpoint.objective, when)


def _checkpoint(method: BatchHasher, bits: int, features: TrainingCentred, epoch: int, train_s: float) -> _Checkpoint:
    with np.errstate(over="ignore", invalid="ignore"):  # an infinite objective is reported as it is
        snapshot = Snapshot(method.name, method.snapshot(), bits, features)
        return _Checkpoint(epoch, snapshot, method.objective(), train_s)


def _training_points(features: TrainingCentred, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    X = np.empty((len(rows), features.shape[1]))
    for start in range(0, len(rows), FEW_ROWS):
        X[start : start + FEW_ROWS] = features[rows[start : start + FEW_ROWS]]
    return X


def measured_epochs(n_epochs: int, checkpoints: int) -> set[int]:
    """Return the epochs after which codes are evaluated: equally spaced from 0 and always including the last."""
    spaced = np.linspace(0, n_epochs, min(checkpoints, n_epochs + 1)) if checkpoints > 1 else np.array([n_epochs])
    return set(np.round(spaced).astype(int).tolist())


def _measured(
    config: BatchConfig, retrieval: Retrieval, checkpoints: Sequence[_Checkpoint], n_training: int
) -> RunResult:
    metrics = [parse_metric(text) for text in config.metrics]
    for each in checkpoints:
        each.snapshot.check_unchanged()
    began = time.perf_counter()
    tables = Coder(retrieval.features).code([each.snapshot for each in checkpoints])
    table_s = (time.perf_counter() - began) / len(checkpoints)
    rows, eval_s = [], 0.0
    for each, words in zip(checkpoints, tables, strict=True):
        began = time.perf_counter()
        values = _values(config, retrieval, words, metrics)
        eval_s += time.perf_counter() - began
        progress = {"examples": each.epoch * n_training, "epoch": each.epoch, "objective": each.objective}
        costs = {"updates": 0, "bit_recomputations": 0, "train_s": each.train_s, "reservoir_s": 0.0}
        rows.append({**progress, **values, **costs, "table_s": table_s, "eval_s": eval_s})
    evaluation = evaluate_codes(retrieval, tables[-1], with_final(metrics), config.bits, threads=config.threads)
    final = final_arrays(evaluation, retrieval.queries, checkpoints[-1].snapshot)
    per_query = values_of_queries(evaluation, metrics)
    return RunResult(curve_columns(rows), decision_columns([]), final, per_query=per_query)


def _values(config: BatchConfig, retrieval: Retrieval, words: Words, metrics: Sequence[Metric]) -> dict[str, float]:
    return metric_values(evaluate_codes(retrieval, words, metrics, config.bits, threads=config.threads), metrics)

"""The batch settings: from a run's config and dataset to its result, with every draw named by its purpose."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.batch.base import BatchHasher
from mihash_bench.batch.protocol import BatchSplit, TrainingCentred, class_labels, setting_1, tuning_split
from mihash_bench.codes import Words, pack
from mihash_bench.datasets.base import Dataset
from mihash_bench.encoders import CHUNK_ROWS, Encoder, Lifting
from mihash_bench.evaluation import evaluate
from mihash_bench.experiment import provenance
from mihash_bench.experiment.config import BatchConfig
from mihash_bench.experiment.retrieval import Retrieval, draw_retrieval
from mihash_bench.experiment.seeds import generator, seed_sequence
from mihash_bench.experiment.trial import Columns, Observer, TrialResult, columns_of, per_query_arrays
from mihash_bench.metrics.average_precision import MAP_EXPECTED, MAP_INDEX
from mihash_bench.metrics.base import Metric, parse_metric
from mihash_bench.neighbors import SharedLabels
from mihash_bench.registry import BATCH_METHODS

# Choosing parameters on a split of Setting 1's training points.
TUNING = "tuning-1"
FEW_ROWS = 256


@dataclass(frozen=True)
class _Look:
    """A method as it was after an epoch."""

    epoch: int
    snapshot: Encoder
    objective: float
    train_s: float


def draw_batch_split(setting: str, dataset: Dataset, seed: int, trial: int) -> BatchSplit:
    """Draw queries, database and training points: the first two by (seed, dataset), the last by the trial as well."""
    class_labels(dataset)
    retrieval = draw_retrieval(dataset, seed)
    rng = generator(seed, "training points", dataset.name, trial)
    split = setting_1(dataset, retrieval.queries, retrieval.database, rng)
    if setting == TUNING:
        return tuning_split(dataset, split.training, generator(seed, "tuning split", dataset.name, trial))
    return split


def make_batch_method(config: BatchConfig) -> BatchHasher:
    """Make the method of a run."""
    names = (config.setting, config.dataset, config.method, config.bits, config.trial)
    parameters: dict[str, Any] = dict(config.method_parameters)
    method_class: Any = BATCH_METHODS.get(config.method)
    return method_class(config.bits, random_state=seed_sequence(config.seed, "method", *names), **parameters)


def run_batch(config: BatchConfig, dataset: Dataset, observer: Observer) -> TrialResult:
    """Do one run of a batch setting: learn first, then code and measure what was noted on the way.

    So nothing that is measured takes part in learning, and neither its seconds nor its memory count as learning's; the
    memory is that of the training points, the method, and what is kept of each look. The last look is at the last
    epoch.
    """
    split = draw_batch_split(config.setting, dataset, config.seed, config.trial)
    features = TrainingCentred(dataset, split.training)
    before = provenance.peak_memory_bytes()
    looks = _learn(config, features, class_labels(dataset), split, observer)
    growth = provenance.peak_memory_bytes() - before
    retrieval = Retrieval(features, dataset.labels, split.queries, split.database, SharedLabels())  # type: ignore[arg-type]
    result = _measured(config, retrieval, looks, len(split.training))
    shown = {text: float(result.curve[text][-1]) for text in config.metrics}
    observer(len(looks), len(looks), shown)
    return replace(result, costs={"train_memory_bytes": growth})


def _learn(
    config: BatchConfig, features: TrainingCentred, labels: Any, split: BatchSplit, observer: Observer
) -> list[_Look]:
    method = make_batch_method(config)
    wanted = looked_at(method.n_epochs, config.checkpoints)
    looks: list[_Look] = []
    X, y = _training_points(features, split.training), labels[split.training]
    train_s, began = 0.0, time.perf_counter()
    last = 0
    for last in method.fit_by_epoch(X, y):
        train_s += time.perf_counter() - began
        if last in wanted:
            looks.append(_look(method, last, train_s))
            observer(len(looks), len(wanted), {"objective": looks[-1].objective})
        began = time.perf_counter()
    if not looks or looks[-1].epoch != last:
        looks.append(_look(method, last, train_s))
    return looks


def _look(method: BatchHasher, epoch: int, train_s: float) -> _Look:
    with np.errstate(over="ignore", invalid="ignore"):  # an objective that is infinite says so itself
        return _Look(epoch, method.snapshot(), method.objective(), train_s)


def _training_points(features: TrainingCentred, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the training points, made a few at a time: no more memory is touched than they take."""
    X = np.empty((len(rows), features.shape[1]))
    for start in range(0, len(rows), FEW_ROWS):
        X[start : start + FEW_ROWS] = features[rows[start : start + FEW_ROWS]]
    return X


def looked_at(n_epochs: int, checkpoints: int) -> set[int]:
    """Return the epochs at which codes are measured, equally spaced from 0, the last one always among them."""
    spaced = np.linspace(0, n_epochs, min(checkpoints, n_epochs + 1)) if checkpoints > 1 else np.array([n_epochs])
    return set(np.round(spaced).astype(int).tolist())


def _measured(config: BatchConfig, retrieval: Retrieval, looks: Sequence[_Look], n_training: int) -> TrialResult:
    metrics = [parse_metric(text) for text in config.metrics]
    began = time.perf_counter()
    tables = _coded(retrieval.features, [look.snapshot for look in looks])
    table_s = (time.perf_counter() - began) / len(looks)
    rows, eval_s = [], 0.0
    for look, words in zip(looks, tables, strict=True):
        began = time.perf_counter()
        measured = columns_of(_evaluate(config, retrieval, words, metrics), metrics)
        eval_s += time.perf_counter() - began
        place = {"examples": look.epoch * n_training, "epoch": look.epoch, "objective": look.objective}
        costs = {"updates": 0, "bit_recomputations": 0, "train_s": look.train_s, "reservoir_s": 0.0}
        rows.append({**place, **measured, **costs, "table_s": table_s, "eval_s": eval_s})
    whole = {"examples", "epoch", "updates", "bit_recomputations", "queries_without_relevant"}
    curve: Columns = {
        name: np.array([row[name] for row in rows], np.int64 if name in whole else np.float64) for name in rows[0]
    }
    last = _evaluate(config, retrieval, tables[-1], (MAP_EXPECTED, MAP_INDEX))
    final = {**per_query_arrays(last, retrieval.queries), **looks[-1].snapshot.arrays()}
    return TrialResult(curve, _no_decisions(), final)


def _evaluate(config: BatchConfig, retrieval: Retrieval, words: Words, metrics: Sequence[Metric]) -> Any:
    database, queries = words[retrieval.database], words[retrieval.queries]
    return evaluate(database, queries, retrieval.relevance, metrics, config.bits, threads=config.threads)


def _coded(features: Any, snapshots: Sequence[Encoder]) -> list[Words]:
    """Return all rows' packed codes by each snapshot; rows are read once, and lifted once."""
    parts: list[list[Words]] = [[] for _ in snapshots]
    for start in range(0, len(features), CHUNK_ROWS):
        rows = features[start : start + CHUNK_ROWS]
        first = snapshots[0]
        lifted = first.lift(rows) if isinstance(first, Lifting) else None
        for part, snapshot in zip(parts, snapshots, strict=True):
            coded = snapshot.encode(rows) if lifted is None else snapshot.encode_lifted(lifted)  # type: ignore[attr-defined]
            part.append(pack(coded))
    return [np.concatenate(part) for part in parts]


def _no_decisions() -> Columns:
    kinds = {"examples": np.int64, "q_current": np.float64, "q_snapshot": np.float64, "updated": np.bool_}
    return {name: np.empty(0, kind) for name, kind in kinds.items()}

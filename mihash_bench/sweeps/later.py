"""Metrics that are computed after a run has been finished, from the hash functions of its checkpoints."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mihash_bench.datasets.base import Dataset
from mihash_bench.errors import InputError, UnreadableError
from mihash_bench.experiment.config import Config
from mihash_bench.experiment.raw_encoder import NOT_OF_ENCODERS
from mihash_bench.experiment.result import Observer
from mihash_bench.metrics.base import parse_metric
from mihash_bench.registry import ENGINES
from mihash_bench.settings.base import read_config
from mihash_bench.store.columns import SEARCHED
from mihash_bench.store.companions import (
    LaterMetrics,
    about_metrics,
    metrics_path,
    read_metrics,
    read_search,
    read_snapshots,
    snapshots_path,
)
from mihash_bench.store.record import Columns, Kept, RunRecord
from mihash_bench.sweeps.bounds import bounds_fault
from mihash_bench.sweeps.metric_code import EMPTY, METRIC_CODE, codes_in, is_older, present_code, without_older
from mihash_bench.sweeps.query_values import values_fault

# What is counted once for all metrics, and therefore is in the run file.
_COUNTED = "queries_without_relevant"


def with_later_metrics(record: RunRecord, path: Path) -> tuple[RunRecord, str]:
    """Return the record of a run with its later metrics among its metrics and the columns of its curve.

    Metrics that older code has measured are left out. The second value says why the file of the later metrics cannot be
    used and is left out, or is "".
    """
    if record.attributes["status"] != "done":
        return record, ""
    if not os.path.lexists(metrics_path(path)):
        return without_older(record), ""
    try:
        later, codes = later_metrics(record, path), later_codes(path)
    except InputError as error:
        return without_older(record), str(error)
    present = without_older(record, codes)
    return (_extended(present, later, codes) if later.curve else present), ""


def later_metrics(record: RunRecord, path: Path) -> LaterMetrics:
    """Return the later metrics. Raises InputError, naming their file, if it cannot be used."""
    later = read_metrics(path, str(record.attributes["key"]))
    checkpoints = len(record.curve["examples"])
    for name, column in later.curve.items():
        if column.shape != (checkpoints,):
            problem = f"its {name} has {column.size} values (allowed: {checkpoints}, as in its run)"
            raise InputError(f"{metrics_path(path)}: {problem}")
    codes = later_codes(path)
    metrics = [name for name in later.curve if not name.endswith(EMPTY) and not is_older(name, codes.get(name, ""))]
    alone = replace(record, curve=later.curve, per_query=later.per_query)
    if fault := values_fault(alone) or bounds_fault(alone, metrics):
        raise InputError(f"{metrics_path(path)}: {fault}")
    return later


def later_codes(path: Path) -> dict[str, str]:
    """Return the digests of the code of the later metrics. Raises InputError, naming their file, if they are none."""
    try:
        return codes_in(about_metrics(path))
    except InputError as error:
        raise InputError(f"{metrics_path(path)}: {error}") from None


def _extended(record: RunRecord, later: LaterMetrics, codes: Mapping[str, str]) -> RunRecord:
    known = [name for name in str(record.attributes["metrics"]).split(",") if name]
    more = [name for name in later.curve if name not in known and not name.endswith(EMPTY)]
    present = [name for name in more if not is_older(name, codes.get(name, ""))]
    digests = {**codes_in(record.attributes), **{name: codes.get(name, "") for name in more}}
    about = {"metrics": ",".join([*known, *present]), METRIC_CODE: json.dumps(digests)}
    used = {name: column for name, column in later.curve.items() if name.removesuffix(EMPTY) in present}
    values = {name: each for name, each in later.per_query.items() if name in present}
    return replace(
        record,
        attributes={**record.attributes, **about},
        curve={**used, **record.curve},
        per_query={**values, **record.per_query},
    )


def usable_later(record: RunRecord, path: Path) -> LaterMetrics:
    """Return the later metrics, none if their file is damaged and may be replaced.

    Raises UnreadableError, naming the file, if it may be intact.
    """
    try:
        return later_metrics(record, path)
    except UnreadableError:
        raise
    except InputError:
        return LaterMetrics()


def together(before: LaterMetrics, new: LaterMetrics) -> LaterMetrics:
    """Return the later metrics of both; what is in both is taken from ``new``."""
    kept = {name: each for name, each in before.per_query.items() if name not in new.curve}
    return LaterMetrics({**before.curve, **new.curve}, {**kept, **new.per_query})


def companion_fault(record: RunRecord, path: Path) -> str:
    """Return which file beside the file of a run cannot be used and why, or ""."""
    try:
        _kept(record, path)
        read_search(path, str(record.attributes["key"]))
    except InputError as error:
        return str(error)
    return with_later_metrics(record, path)[1]


def missing_metrics(record: RunRecord, path: Path, wanted: Sequence[str]) -> list[str]:
    """Return the metrics that are wanted but neither in the record of a finished run nor beside its file."""
    known = str(with_later_metrics(record, path)[0].attributes["metrics"]).split(",")
    return [name for name in wanted if name not in known]


def can_be_measured(record: RunRecord, path: Path) -> bool:
    """Return whether the hash functions of all checkpoints of a run were kept."""
    try:
        return _kept(record, path) is not None
    except InputError:
        return False


def _kept(record: RunRecord, path: Path) -> Kept | None:
    """Return what was kept of a finished run, and None for any other, whose files are left over from an attempt."""
    if record.attributes["status"] != "done":
        return None
    kept = read_snapshots(path, str(record.attributes["key"]))
    if kept is not None and len(kept.which) != len(record.curve["examples"]):
        raise InputError(f"{snapshots_path(path)}: it has other checkpoints than its run")
    return kept


def measured_later(
    record: RunRecord, path: Path, dataset: Dataset, metrics: Sequence[str], observer: Observer
) -> LaterMetrics:
    """Return a column for each metric, and for what it leaves out, and the values of the queries at the end.

    The values are those that the run would have given if it had been asked for these metrics at once.
    """
    # Imported late so that reading a results folder loads no compiled code.
    from mihash_bench.experiment.coding import Coder
    from mihash_bench.experiment.measuring import evaluate_codes, metric_values, values_of_queries
    from mihash_bench.experiment.snapshot import Snapshot

    setting, config = read_config(str(record.attributes["config"]))
    kept = _kept(record, path)
    assert kept is not None
    final = {name: array for name, array in record.final.items() if name not in NOT_OF_ENCODERS}
    retrieval = setting.retrieval(config, dataset)
    method = setting.methods.get(config.method)
    parsed = [parse_metric(text) for text in metrics]
    values: dict[int, dict[str, float]] = {}
    of_queries: dict[int, Columns] = {}
    coder = Coder(retrieval.features)
    for number, which in enumerate(kept.which.tolist()):
        if which not in values:
            arrays = final if which == len(kept.arrays) else kept.arrays[which]
            snapshot = Snapshot(config.method, method.encoder_from(arrays), config.bits, retrieval.features)
            (words,) = coder.code([snapshot])
            found = evaluate_codes(retrieval, words, parsed, config.bits, threads=config.threads)
            values[which], of_queries[which] = metric_values(found, parsed), values_of_queries(found, parsed)
        observer(number + 1, len(kept.which), {name: values[which][name] for name in metrics})
    names = [name for name in values[int(kept.which[0])] if name != _COUNTED]
    curve = {name: np.array([values[which][name] for which in kept.which.tolist()]) for name in names}
    return LaterMetrics(curve, of_queries[int(kept.which[-1])])


def with_metrics(config: Config, record: RunRecord) -> Config:
    """Return a config that asks for the metrics of a record, too, if they are known here."""
    known = str(record.attributes["metrics"]).split(",")
    usable = [name for name in known if present_code(name) is not None]
    return replace(config, metrics=tuple(dict.fromkeys([*usable, *config.metrics])))


def missing_engines(record: RunRecord, config: Config) -> list[str]:
    """Return the search engines that a config asks for but that were not measured in a finished run."""
    return [name for name in getattr(config, "search", ()) if f"{SEARCHED}{name} build_s" not in record.curve]


def with_engines(config: Config, record: RunRecord) -> Config:
    """Return a config that asks for the search engines of a record, too, if they are known here."""
    wanted = getattr(config, "search", ())
    measured = [name for name in ENGINES.names() if f"{SEARCHED}{name} build_s" in record.curve]
    more = tuple(name for name in measured if name not in wanted)
    return replace(config, search=(*wanted, *more)) if more else config  # type: ignore[call-arg]

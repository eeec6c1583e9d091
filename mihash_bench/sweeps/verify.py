"""Checks of a run's record: key, path, names, curve, final values and snapshot must agree with each other."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config, canonical_text, key_of_plain, older_key_of_text, resolved
from mihash_bench.experiment.raw_encoder import NOT_OF_ENCODERS, PER_QUERY
from mihash_bench.parameters import check, defaults
from mihash_bench.registry import DATASETS, SETTINGS
from mihash_bench.settings.base import Setting, read_config
from mihash_bench.store.columns import AP_ARRAYS, COST_COLUMNS
from mihash_bench.store.layout import run_path
from mihash_bench.store.origin import origin_of
from mihash_bench.store.run_file import RunRecord, read_run
from mihash_bench.sweeps.bounds import ROUNDING, bounds_fault
from mihash_bench.sweeps.code import IMPORTED, source_fault
from mihash_bench.sweeps.later import companion_fault, with_later_metrics
from mihash_bench.sweeps.metric_code import codes_in, is_older, present_code
from mihash_bench.sweeps.owners import class_if_known, owned_parameters
from mihash_bench.sweeps.query_values import values_fault

NAMES = ("setting", "dataset", "method", "bits", "trial")
# The protocol under which the database does not grow.
STANDARD = "standard"
TRIGGER_COLUMNS = ("examples", "updated")


def fault_of(path: Path, results: Path, further: Callable[[RunRecord], str] | None = None) -> str:
    """Read a run file and its companions and return one line that names a file and its fault, or "" if all are correct.

    further: another check, which is given the record with its later metrics and returns a fault or "".
    """
    try:
        record = read_run(path)
    except InputError as error:
        return str(error)
    fault = record_fault(record, path, results)
    if not fault and (beside := companion_fault(record, path)):
        return beside
    fault = fault or (further(with_later_metrics(record, path)[0]) if further else "")
    return f"{path}: {fault}" if fault else ""


def record_fault(record: RunRecord, path: Path, results: Path | None) -> str:
    """Return what is wrong with the record of a run file at ``path`` in a results folder, or "" if it is correct.

    results: None for a file outside of a results folder, which may have any path.

    The key must be that of the config, the path that of the key, and the names those of the config. The curve of a
    finished run must be complete and end with the mean of the stored values of queries, and its snapshot must have the
    config's code length. What only a setting or a method knows is not checked if these are not installed.
    """
    try:
        return _fault(record, path, results)
    except InputError as error:
        return str(error)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        return f"an attribute is missing or cannot be read ({type(error).__name__}: {error})"


def is_built_in(about: Mapping[str, Any]) -> bool:
    """Return whether setting, method, dataset and metrics of a run without fault are part of this package.

    The checks of other runs depend on packages that may be upgraded or removed. An imported dataset counts as part of
    it, because nothing is checked of a dataset without parameters.
    """
    try:
        setting, config = read_config(str(about["config"]))
    except InputError:
        return False
    owners = [(SETTINGS, setting.name), (setting.methods, config.method)]
    if about.get("dataset_is") != IMPORTED or config.dataset in DATASETS.names():
        owners.append((DATASETS, config.dataset))
    if not all(registry.is_built_in(name) for registry, name in owners):
        return False
    return all(present_code(name) == "" for name in config.metrics)


def _fault(record: RunRecord, path: Path, results: Path | None) -> str:
    about = record.attributes
    text = str(about["config"])
    plain = _plain(text)
    names = {**{name: plain[name] for name in NAMES}, "trigger": plain.get("trigger", "off")}
    made_of = str(about["dataset_digest"]), int(about["method_version"])
    key, code = str(about["key"]), str(about.get("code", ""))
    if key != (expected := key_of_plain(plain, *made_of, code)) and key != older_key_of_text(text, *made_of):
        return f"its key is {key[:8]}..., but its config gives {expected[:8]}..."
    if fault := source_fault(origin_of(record)):
        return fault
    for name, value in names.items():
        if about[name] != value or type(about[name]) is not type(value):
            return f"{name} is {about[name]!r}, but its config says {value!r}"
    if results is not None and path != (belongs := run_path(results, key=key, **names)):
        return f"it belongs at {belongs}"
    return _metrics_fault(record, plain) or _own_fault(record, text)


def _plain(text: str) -> dict[str, Any]:
    """Return the values in the text of a config. Raises ValueError if it is not the canonical text."""
    plain: dict[str, Any] = json.loads(text)
    if canonical_text(plain) != text:
        raise ValueError("its config is not in canonical form")
    return plain


def _metrics_fault(record: RunRecord, plain: Mapping[str, Any]) -> str:
    """Check the metrics of a finished run, which needs neither its setting nor its method.

    plain: the values of its config.
    """
    metrics: Sequence[str] = plain["metrics"]
    if record.attributes["metrics"] != ",".join(metrics):
        return f"metrics is {record.attributes['metrics']!r}, but its config says {','.join(metrics)!r}"
    if record.attributes["status"] != "done":
        return ""
    missing = [name for name in (*COST_COLUMNS, *metrics) if name not in record.curve]
    missing += [f"final {name}" for name in PER_QUERY if name not in record.final]
    missing += [f"trigger {name}" for name in TRIGGER_COLUMNS if name not in record.trigger]
    if missing:
        return f"its curve is not complete ({', '.join(sorted(missing))})"
    same_queries = plain.get("protocol", STANDARD) == STANDARD
    return _order_fault(record) or _ending_fault(record, same_queries=same_queries) or values_fault(record)


def _order_fault(record: RunRecord) -> str:
    examples = np.asarray(record.curve["examples"])
    # Of NaN, neither comparison is true.
    if not (np.isfinite(examples).all() and (examples[1:] > examples[:-1]).all()):
        return "its examples do not increase"
    # One row for each column. With NaN or -inf in it, one of the first two is not true.
    costs = np.array([record.curve[name] for name in COST_COLUMNS])
    good = (costs[:, 0] >= 0) & (costs[:, 1:] >= costs[:, :-1]).all(axis=1) & (costs[:, -1] < np.inf)
    if not good.all():
        return f"its {COST_COLUMNS[int(np.argmin(good))]} decrease, or are not numbers from 0"
    updates, decided = record.curve["updates"][-1], np.sum(record.trigger["updated"])
    return "" if updates == decided else f"it has {updates:g} updates, but {decided:g} in its decisions"


def _ending_fault(record: RunRecord, *, same_queries: bool) -> str:
    """Check that each mAP at the end of the curve is the mean of the AP values of the queries that have one.

    same_queries: whether the same queries search the same rows at all checkpoints.
    """
    lengths = {record.final[name].shape for name in PER_QUERY}
    if len(lengths) != 1 or len(next(iter(lengths))) != 1:
        return "its final AP values do not belong to its queries"
    for metric, column in ((name, np.asarray(record.curve[name])) for name in AP_ARRAYS if name in record.curve):
        # Whether there is a mean depends on queries and database only.
        unknown = np.isnan(column)
        if same_queries and unknown.any() and not unknown.all():
            return f"its {metric} is unknown at some checkpoints"
    for metric, array in AP_ARRAYS.items():
        values = np.asarray(record.final[array], float)
        known = values[~np.isnan(values)]
        if len(known) and not (known.min() >= -ROUNDING and known.max() <= 1 + ROUNDING):
            return f"final {array} has values outside of 0 to 1"
        last = record.curve[metric][-1] if metric in record.curve else np.nan
        mean = known.mean() if len(known) else np.nan
        if metric in record.curve and not abs(last - mean) <= ROUNDING and not (np.isnan(last) and np.isnan(mean)):
            return f"its curve ends with {metric} {last:.6g}, but the mean of its final AP values is {mean:.6g}"
    return ""


def _own_fault(record: RunRecord, text: str) -> str:
    """Check what the setting and the method know, if they are installed."""
    try:
        setting, config = read_config(text)
    except InputError:
        return ""
    if config.to_json() != text:
        return "its config has other values than the configs of its setting"
    method = _method(setting, config)
    if method is not None and (version := int(record.attributes["method_version"])) > method.version:
        return f"it is of version {version} of its method, but version {method.version} is installed"
    if fault := _parameters_fault(setting, config):
        return fault
    if record.attributes["status"] != "done":
        return ""
    codes = codes_in(record.attributes)
    if fault := bounds_fault(record, [name for name in config.metrics if not is_older(name, codes.get(name, ""))]):
        return fault
    missing = [name for name in setting.columns if name not in record.curve]
    missing += [f"final {name}" for name in setting.final if name not in record.final]
    if missing:
        return f"its curve is not complete ({', '.join(missing)})"
    return setting.ending_fault(record.curve, record.final, config) or _snapshot_fault(record, setting, config)


def _parameters_fault(setting: Setting, config: Config) -> str:
    """Check the parameters of the config against those of the method and the dataset."""
    for what, name, registry, parameters in owned_parameters(setting, config):
        owner = class_if_known(registry, name)
        if owner is None:
            continue
        given = resolved(owner, parameters)
        if unknown := given.keys() - defaults(owner).keys():
            return f"its {what} has no parameter {', '.join(sorted(unknown))}"
        if missing := owner.constraints.keys() - given.keys():
            return f"its config has no value for the parameter {', '.join(sorted(missing))} of its {what}"
        check(owner.name, owner.constraints, given)
    return ""


def _snapshot_fault(record: RunRecord, setting: Setting, config: Config) -> str:
    method = _method(setting, config)
    if method is None:
        return ""
    arrays = {name: array for name, array in record.final.items() if name not in NOT_OF_ENCODERS}
    try:
        n_bits = method.encoder_from(arrays).n_bits
    except Exception as error:  # noqa: BLE001 - a method of another package raises whatever it raises
        return f"its snapshot cannot be restored ({type(error).__name__}: {error})"
    return "" if n_bits == config.bits else f"its snapshot has {n_bits} bits, but its config says {config.bits}"


def _method(setting: Setting, config: Config) -> Any:
    """Return the class of the method, or None if it is not installed."""
    return class_if_known(setting.methods, config.method)

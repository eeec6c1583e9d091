"""Reading a results folder with all checks of its run files."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config, Parameters
from mihash_bench.registry import DATASETS
from mihash_bench.settings.base import read_config, setting_of
from mihash_bench.store import results as stored
from mihash_bench.store.results import Results, Verdict
from mihash_bench.store.run_file import RunRecord
from mihash_bench.sweeps.naming import protocol_of, variant_of
from mihash_bench.sweeps.verify import is_installed, record_fault


def load_results(results: Path, *, everything: bool = False) -> Results:
    """Read every run file below a results folder that passes the checks of ``verify``; see ``store.results``.

    ``variant`` and ``protocol`` are made from the config of each run, so that runs with different values are never
    taken for equal. everything: read and check also the files that are unchanged since they were checked.
    """
    loaded = stored.load_results(results, verdict, everything=everything)
    runs = loaded.runs
    named = [_differences(*row) for row in zip(runs["config"], runs["variant"], runs["protocol"], strict=True)]
    # Of objects also where there is no run, because texts are joined later.
    differences = pd.DataFrame(named, runs.index, ["variant", "protocol"], dtype=object)
    return replace(loaded, runs=runs.assign(variant=differences["variant"], protocol=differences["protocol"]))


def verdict(record: RunRecord, path: Path, results: Path) -> Verdict:
    """Check a record. The check is complete only if the run's setting and method are installed."""
    fault = record_fault(record, path, results)
    return Verdict(fault, not fault and is_installed(record.attributes))


def _differences(config_text: str, variant: str, protocol: str) -> tuple[str, str]:
    """Return variant and protocol of a run: those of its config, or the stored ones if it is of an unknown plug-in."""
    try:
        setting, config = read_config(config_text)
        return _variant(setting.name, *_of_classes(config)), protocol_of(config, setting, protocol)
    except InputError:
        return variant, protocol


def _of_classes(config: Config) -> tuple[Any, ...]:
    return config.method, config.method_parameters, config.dataset, config.dataset_parameters


@cache
def _variant(setting: str, method: str, parameters: Parameters, dataset: str, dataset_parameters: Parameters) -> str:
    method_class, source_class = setting_of(setting).methods.get(method), DATASETS.get(dataset)
    return variant_of((method_class, parameters), (source_class, dataset_parameters))

"""Reading a results folder with all checks of its run files."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.registry import DATASETS
from mihash_bench.settings.base import read_config
from mihash_bench.store import results as stored
from mihash_bench.store.results import Results, Verdict
from mihash_bench.store.run_file import RunRecord
from mihash_bench.sweeps.naming import protocol_of, variant_of
from mihash_bench.sweeps.verify import is_built_in, record_fault

NAMED = ["variant", "protocol", "method_title", "dataset_title"]


def load_results(results: Path, *, everything: bool = False) -> Results:
    """Read every run file below a results folder that passes the checks of ``verify``; see ``store.results``.

    Variant, protocol and titles are made from the config of each run and from the installed classes, so that runs with
    different values are never taken for equal. everything: read and check also the files that are unchanged since they
    were checked.
    """
    loaded = stored.load_results(results, verdict, everything=everything)
    runs = loaded.runs
    named = [_named(*row) for row in zip(*(runs[name] for name in ("config", *NAMED)), strict=True)]
    # Of objects also where there is no run, because texts are joined later.
    texts = pd.DataFrame(named, runs.index, NAMED, dtype=object)
    return replace(loaded, runs=runs.assign(**{name: texts[name] for name in NAMED}))


def verdict(record: RunRecord, path: Path, results: Path) -> Verdict:
    """Check a record. The check is lasting only if all that it depends on is part of this package."""
    fault = record_fault(record, path, results)
    return Verdict(fault, not fault and is_built_in(record.attributes))


def _named(text: str, variant: str, protocol: str, method_title: str, dataset_title: str) -> tuple[str, ...]:
    """Return the texts of ``NAMED``; the stored ones, which are given, if the run is of a plug-in not installed."""
    try:
        setting, config = read_config(text)
        method, source = setting.methods.get(config.method), DATASETS.get(config.dataset)
    except InputError:
        return variant, protocol, method_title, dataset_title
    variant = variant_of((method, config.method_parameters), (source, config.dataset_parameters))
    return variant, protocol_of(config, setting, protocol), method.title, source.title

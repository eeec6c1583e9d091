"""Reading a results folder with all checks of its run files."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from mihash_bench.datasets.base import Shape
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config
from mihash_bench.plugins import load_plugins, loaded_specs
from mihash_bench.registry import DATASETS
from mihash_bench.settings.base import Setting, read_config, setting_of
from mihash_bench.store import results as stored
from mihash_bench.store.reading import Verdict
from mihash_bench.store.results import Results
from mihash_bench.store.run_file import RunRecord
from mihash_bench.sweeps.later import with_later_metrics
from mihash_bench.sweeps.naming import Claim, defaults_claimed, other_parameters, protocol_of, settled, variant_of
from mihash_bench.sweeps.verify import is_built_in, record_fault
from mihash_bench.text import writable

# The attributes of a dataset's shape, in the order of the fields of ``Shape``.
SHAPE = ["rows", "columns", "first_label", "last_label"]
NAMED = ["protocol", "variant", "method_title", "dataset_title", "split"]
# The values of a config that have columns of their own in every report.
WITHIN = {"bits", "trial", "trigger"}

# What the file of a run claims about its protocol, and the other texts of ``NAMED``.
_Named = tuple[Claim, str, str, str, str]


def load_results(results: Path, *, everything: bool = False, beside: Sequence[Path] = ()) -> Results:
    """Read every run file below a results folder that passes the checks of ``verify``; see ``store.results``.

    Variant, protocol, titles and split are made from the config of each run and from the installed classes, so that
    runs with different values are never taken for equal. everything: read and check also the files that are unchanged
    since they were checked. beside: further results folders, whose runs are added; see ``store.results.joined``.
    """
    # Imported late because the processes that read files do not need it.
    import pandas as pd

    check = partial(verdict, plugins=loaded_specs())
    parts = [stored.load_results(folder, check, everything=everything) for folder in (results, *beside)]
    loaded = stored.joined(parts) if beside else parts[0]
    runs = loaded.runs
    needed = ("config", "dataset_digest", *NAMED, *SHAPE)
    named = _all_named(zip(*(runs[name].tolist() for name in needed), strict=True))
    protocols = settled([claim for claim, *_ in named])
    rows = [(protocol, *rest) for protocol, (_, *rest) in zip(protocols, named, strict=True)]
    # Of objects also where there is no run, because texts are joined later.
    texts = pd.DataFrame(rows, runs.index, NAMED, dtype=object)
    return replace(loaded, runs=runs.assign(**{name: texts[name] for name in NAMED}), extend=_extended)


def _extended(record: RunRecord, path: Path) -> RunRecord:
    return with_later_metrics(record, path)[0]


def verdict(record: RunRecord, path: Path, results: Path, plugins: Sequence[str] = ()) -> Verdict:
    """Check a record. The check is lasting only if all that it depends on is part of this package.

    plugins: what loads the plug-ins of the reading process in another one.
    """
    load_plugins([each for each in plugins if each not in loaded_specs()])
    fault = record_fault(record, path, results)
    if fault:
        return Verdict(fault, lasting=False)
    extended, left_out = with_later_metrics(record, path)
    if extended is record and not left_out:
        return Verdict("", is_built_in(record.attributes))
    return Verdict("", lasting=False, extended=extended, left_out=left_out)


def _all_named(rows: Iterable[tuple[str, ...]]) -> list[_Named]:
    """Return ``_named`` of each row. It is called once for all runs that differ only in ``WITHIN``."""
    known: dict[tuple[str, ...], _Named] = {}
    every = []
    for text, *others in rows:
        alike = (_without(text), *others)
        if alike not in known:
            known[alike] = _named(text, *others)
        every.append(known[alike])
    return every


def _without(text: str) -> str:
    """Return the text of a config without ``WITHIN``, or all of it if the protocol may depend on these values."""
    plain = json.loads(text)
    if not _is_plain(str(plain["setting"])):
        return text
    return json.dumps({name: value for name, value in plain.items() if name not in WITHIN})


@cache
def _is_plain(setting: str) -> bool:
    """Return whether the protocol in a setting is made of other values of the config than ``WITHIN``, each on its own.

    A setting of another package may make it in its own way.
    """
    try:
        known = setting_of(setting)
    except InputError:
        return False
    others = {each.name for each in fields(known.config)} - WITHIN
    return type(known).protocol is Setting.protocol and others.issuperset(known.options.must_agree)


def _named(
    text: str, digest: str, protocol: str, variant: str, method_title: str, dataset_title: str, split: str, *shape: str
) -> _Named:
    """Return the texts of ``NAMED``; the stored ones, which are given, if the run is of a plug-in not installed.

    In place of the protocol is what the file claims about it.
    """
    try:
        setting, config = read_config(text)
        method = setting.methods.get(config.method)
        source = _dataset_of(config)
    except InputError:
        return Claim((digest,), protocol, protocol), variant, method_title, dataset_title, split
    variant = variant_of(
        (method, config.method_parameters),
        source and (source, config.dataset_parameters),
        *other_parameters(setting, config),
    )
    whole, rest = defaults_claimed(config, setting)
    claim = Claim((setting.name, digest, rest), whole, protocol_of(config, setting, protocol))
    titles = writable(method.title), writable(_title(source, shape) if source else dataset_title)
    return claim, variant, *titles, config.split


def _title(source: Any, shape: Sequence[str]) -> str:
    """Return the title of a run's data. shape: the texts of ``SHAPE``; empty in older files, of which no more is known.

    Raises nothing, whatever the texts are, because anyone may have written them.
    """
    try:
        return str(source.title_of(Shape(*map(int, shape))))
    except ValueError:
        return str(source.title)


def _dataset_of(config: Config) -> Any:
    """Return the class of a run's dataset, or None if it is not there but has no parameters, as an imported dataset.

    Raises InputError if a dataset with parameters is not there.
    """
    known = config.dataset in DATASETS.names() or config.dataset_parameters
    return DATASETS.get(config.dataset) if known else None

"""The code of plug-ins that a run uses: its digest, which is part of the run's key, and its source."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config
from mihash_bench.metrics.base import code_of_metric
from mihash_bench.registry import DATASETS, SETTINGS
from mihash_bench.settings.base import setting_of
from mihash_bench.source_code import SourceCode
from mihash_bench.sweeps.owners import OTHERS, Others, others_of

# The key in the origin of a run under which the code of plug-ins is stored.
PLUGINS = "plugins"
# The attribute ``dataset_is`` of runs on imported datasets, whose content is data and not code.
IMPORTED = "imported"


def codes_of(setting: str, method: str, dataset: str, others: Others = ()) -> dict[str, SourceCode]:
    """Return the code of each class of a run that belongs to a plug-in, by its kind.

    others: what only some settings have, such as a backbone. Raises InputError if the setting or the method is unknown.
    """
    found = {
        "setting": SETTINGS.code_of(setting),
        "method": setting_of(setting).methods.code_of(method),
        # A dataset that no registry knows is an imported one.
        "dataset": DATASETS.code_if_known(dataset),
        **{kind: OTHERS[kind].code_if_known(name) for kind, name in others},
    }
    return {kind: code for kind, code in found.items() if code is not None}


def digest_of(digests: Mapping[str, str]) -> str:
    """Return one digest for those of several classes by their kind: "" for none, and the digest itself for one file."""
    different = set(digests.values())
    if len(different) < 2:
        return next(iter(different), "")
    return hashlib.sha256(json.dumps(sorted(digests.items())).encode()).hexdigest()


def code_digest(config: Config) -> str:
    """Return the digest of the code of plug-ins that determines a run's hash functions, or "" if there is none.

    It contains the versions of policies, protocols and backbones, too, from version 2 on.
    """
    codes = {kind: code.digest for kind, code in _codes(config).items()}
    return digest_of({**codes, **_versions(others_of(config))})


def _versions(others: Others) -> dict[str, str]:
    """Return a digest of the version of each class that has another one than 1."""
    versions = {(kind, name): OTHERS[kind].get(name).version for kind, name in others}
    return {
        f"version of the {kind}": hashlib.sha256(f"{kind} {name} {version}".encode()).hexdigest()
        for (kind, name), version in versions.items()
        if version != 1
    }


def _codes(config: Config) -> dict[str, SourceCode]:
    return codes_of(config.setting, config.method, config.dataset, others_of(config))


def metric_codes(metrics: tuple[str, ...]) -> dict[str, str]:
    """Return the digest of the code of each metric that belongs to a plug-in, by the metric's text."""
    found = {text: code_of_metric(text) for text in metrics}
    return {text: code.digest for text, code in found.items() if code is not None}


def plugin_facts(config: Config) -> dict[str, Any]:
    """Return the facts about plug-ins for the origin of a run: each with its name, digest, files and their texts."""
    codes: dict[str, SourceCode] = dict(_codes(config))
    codes |= {f"metric {text}": code for text in config.metrics if (code := code_of_metric(text)) is not None}
    facts = [
        {"used_for": kind, "name": code.origin, "digest": code.digest, "digests": dict(code.digests),
         "texts": dict(code.texts)}
        for kind, code in _without_copies(codes)
    ]  # fmt: skip
    return {PLUGINS: facts} if facts else {}


def _without_copies(codes: Mapping[str, SourceCode]) -> Iterator[tuple[str, SourceCode]]:
    """Yield each code once, with all that it is used for."""
    uses: dict[str, list[str]] = {}
    for kind, code in codes.items():
        uses.setdefault(code.digest, []).append(kind)
    for digest, kinds in uses.items():
        yield ", ".join(kinds), next(code for code in codes.values() if code.digest == digest)


def source_fault(facts: Mapping[str, Any]) -> str:
    """Return what is wrong with the stored source of plug-ins, or "": texts and digests must belong together."""
    plugins = facts.get(PLUGINS, [])
    for each in plugins:
        code = SourceCode(str(each["name"]), dict(each["digests"]), dict(each["texts"]))
        if code.digest != each["digest"]:
            return f"the source of its plug-in {code.origin} has another digest than its files"
        for name, text in code.texts.items():
            if hashlib.sha256(text.encode()).hexdigest() != code.digests.get(name):
                return f"the source of its plug-in {code.origin} was changed ({name})"
    return ""


def known_code(setting: str, method: str, dataset: str, dataset_is: str = "", others: Others = ()) -> str | None:
    """Return the digest of the code that is installed or loaded here, or None if a class is not there.

    dataset_is: ``IMPORTED`` for an imported dataset, which has no code. others: as in ``codes_of``.
    """
    if dataset not in DATASETS.names() and dataset_is != IMPORTED:
        return None
    if any(name not in OTHERS[kind].names() for kind, name in others):
        return None
    try:
        return digest_of({kind: code.digest for kind, code in codes_of(setting, method, dataset, others).items()})
    except InputError:
        return None

"""The resolved configuration of one run and its key."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol, Self

Parameters = tuple[tuple[str, Any], ...]

# Raised when a change affects the results of all methods: splits, seeds, stream, reservoir, trigger, table, metrics.
ENGINE = 1
# The config values that are the parameters of a class.
_OF_CLASSES = {
    "dataset_parameters",
    "method_parameters",
    "backbone_parameters",
    "policy_parameters",
    "protocol_parameters",
}
# What is measured of the hash functions of a run, and changes none of them.
_MEASURED = {"metrics", "search"}


def added(default: Any) -> Any:
    """Declare a config value that was added after results were published.

    ``default`` preserves the earlier behaviour. The canonical text omits the value while it has this default, so that
    existing keys do not change.
    """
    return field(default=default, metadata={"added": True})


@dataclass(frozen=True, kw_only=True)
class Config:
    """All values that change the result of one run and exist in every setting.

    Parameters of dataset and method are resolved, so defaults are written out. metrics: the texts of the metrics.
    ``threads`` is part of the key because the thread count affects rounding. split: ``fixed`` if all trials share one
    split into queries and database, ``trial`` if each trial has its own.
    """

    setting: str
    dataset: str
    dataset_parameters: Parameters
    method: str
    method_parameters: Parameters
    bits: int
    trial: int
    checkpoints: int
    metrics: tuple[str, ...]
    seed: int
    threads: int = 1
    split: str = added("fixed")

    @property
    def split_trial(self) -> int | None:
        """The trial whose own split the run uses, or None if all trials share one split."""
        return self.trial if self.split == "trial" else None

    @property
    def names(self) -> dict[str, Any]:
        """The values that identify a run for users. In a setting without trigger, the trigger is "off"."""
        own = {name: getattr(self, name) for name in ("setting", "dataset", "method", "bits")}
        return {**own, "trigger": getattr(self, "trigger", "off"), "trial": self.trial}

    def to_json(self) -> str:
        """Return the canonical text: JSON with sorted names, no spaces, and no added values that have their default."""
        plain: dict[str, Any] = {}
        for name, usual in _usual_values(type(self)):
            value = getattr(self, name)
            if not (usual and value == usual[0]):
                plain[name] = value
        for name in _OF_CLASSES & plain.keys():
            plain[name] = dict(plain[name])
        return canonical_text(plain)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the canonical text. Raises ValueError, KeyError or TypeError if it is malformed."""
        return cls.from_plain(json.loads(text))

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> Self:
        """Read the values that JSON gives for the canonical text. Raises as ``from_json`` does."""
        plain = dict(values)
        for name in _OF_CLASSES & plain.keys():
            plain[name] = tuple(sorted(dict(plain[name]).items()))
        for name in _MEASURED & plain.keys():
            plain[name] = tuple(plain[name])
        return cls(**{name: plain[name] for name, _ in _usual_values(cls) if name in plain})


def _usual_values(config: type[Config]) -> "_Usual":
    """Return the name of each value of a config and, of an added one, its default."""
    if config not in _usual:
        added_or_not = ((each.name, each.default, each.metadata.get("added")) for each in fields(config))
        _usual[config] = tuple((name, (default,) if is_added else ()) for name, default, is_added in added_or_not)
    return _usual[config]


_Usual = tuple[tuple[str, tuple[Any, ...]], ...]
# Found once for each kind of configs, because very many are read together.
_usual: dict[type[Config], _Usual] = {}


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical_text(plain: Mapping[str, Any]) -> str:
    """Return JSON with sorted names and without spaces. Raises ValueError for NaN and infinity."""
    return _CANONICAL.encode(plain)


def run_key(config: Config, dataset_digest: str, method_version: int, code: str = "") -> str:
    """Return the run key: SHA-256 of config, dataset digest, method version and ENGINE, as 64 hexadecimal digits.

    code: the digest of the source of plug-ins that the run uses, or "" if it uses none; it is then no part of the key.
    Runs with the same key learn identical hash functions. What is measured of these functions, the metrics and the
    search engines, is left out.
    """
    return key_of_text(config.to_json(), dataset_digest, method_version, code)


def key_of_text(config: str, dataset_digest: str, method_version: int, code: str = "") -> str:
    """Return the run key of a config that is given as its canonical text."""
    return _digest(without_metrics(config), dataset_digest, method_version, code)


def key_of_plain(config: Mapping[str, Any], dataset_digest: str, method_version: int, code: str = "") -> str:
    """Return the run key of a config that is given as the values that JSON gives for its canonical text."""
    return _digest(_text_without_metrics(config), dataset_digest, method_version, code)


def older_key_of_text(config: str, dataset_digest: str, method_version: int) -> str:
    """Return the key that a run had while the metrics were part of it. Files with such keys remain valid."""
    return _digest(config, dataset_digest, method_version)


def without_metrics(config: str) -> str:
    """Return the canonical text of a config without what is measured. Raises ValueError if it is not JSON."""
    return _text_without_metrics(json.loads(config))


def _text_without_metrics(plain: Mapping[str, Any]) -> str:
    return canonical_text({name: value for name, value in plain.items() if name not in _MEASURED})


def _digest(config: str, dataset_digest: str, method_version: int, code: str = "") -> str:
    text = json.dumps([ENGINE, config, dataset_digest, method_version, *([code] if code else [])])
    return hashlib.sha256(text.encode()).hexdigest()


class Owner(Protocol):
    """A class that has parameters: a method or a dataset."""

    @property
    def added_parameters(self) -> Mapping[str, Any]:
        """Parameters added after results were published, with the values that preserve the earlier behaviour."""
        ...


def canonical(owner: Owner, parameters: Mapping[str, Any]) -> Parameters:
    """Return parameters for a config: sorted, without added ones that preserve the earlier behaviour."""
    kept = {k: v for k, v in parameters.items() if k not in owner.added_parameters or v != owner.added_parameters[k]}
    return tuple(sorted(kept.items()))


def resolved(owner: Owner, parameters: Parameters) -> dict[str, Any]:
    """Return all parameters of a config, including those that ``canonical`` left out."""
    return {**owner.added_parameters, **dict(parameters)}


def changed(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[str]:
    """Return the values that differ from the defaults as texts such as ``gradient=released``."""
    return [f"{name}={as_text(value)}" for name, value in values.items() if value != defaults[name]]


def as_text(value: Any) -> str:
    """Return a parameter's value in the form that ``--set`` accepts."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value)

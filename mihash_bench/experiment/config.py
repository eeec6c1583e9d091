"""The resolved configuration of one run, online or batch, and its key."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Self

Parameters = tuple[tuple[str, Any], ...]

# Raised when the results of all methods change: splits, seeds, stream, reservoir, trigger, table or metrics.
ENGINE = 1

# What a stream is unless the user says otherwise; the number of examples is the dataset's own.
STREAM_DEFAULTS = {"checkpoints": 50, "reservoir": 200, "update_interval": 100, "threshold": 0.0, "seed": 0}


@dataclass(frozen=True, kw_only=True)
class Config:
    """Every value that changes the result of one run: what all settings have.

    Parameters of dataset and method are resolved: defaults are written out. metrics are specs in the form they print.
    So are the threads of one run: matrix products round otherwise with another number.
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

    def to_json(self) -> str:
        """Return the canonical text: sorted names, no spaces."""
        plain = asdict(self)
        for name in ("dataset_parameters", "method_parameters"):
            plain[name] = dict(plain[name])
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the canonical text back."""
        plain = json.loads(text)
        for name in ("dataset_parameters", "method_parameters"):
            plain[name] = tuple(sorted(plain[name].items()))
        plain["metrics"] = tuple(plain["metrics"])
        return cls(**{field.name: plain[field.name] for field in fields(cls) if field.name in plain})


@dataclass(frozen=True, kw_only=True)
class RunConfig(Config):
    """Every value that changes the result of one run of the online setting.

    trigger is "on" or "off". What of the stream a method does not look at (the reservoir of one that uses none) stays
    part of it, so that all runs of one sweep share one protocol.
    """

    trigger: str
    examples: int
    reservoir: int
    update_interval: int
    threshold: float


@dataclass(frozen=True, kw_only=True)
class BatchConfig(Config):
    """Every value that changes the result of one run of a batch setting, which has no stream and no trigger.

    trial: which training points are drawn. checkpoints: at how many epochs the codes are measured, at most.
    """

    trigger: ClassVar[str] = "off"


AnyConfig = RunConfig | BatchConfig


def read_config(text: str) -> AnyConfig:
    """Read the canonical text of a config of any setting. Raises ValueError, KeyError or TypeError for other text."""
    return (RunConfig if json.loads(text)["setting"] == "online" else BatchConfig).from_json(text)


def run_key(config: Config, dataset_digest: str, method_version: int) -> str:
    """Return the run key, 64 hexadecimal digits: SHA-256 of config, dataset digest, method version and ENGINE.

    Same key, same bits.
    """
    text = json.dumps([ENGINE, config.to_json(), dataset_digest, method_version])
    return hashlib.sha256(text.encode()).hexdigest()


def variant(config: Config, method_defaults: dict[str, Any], dataset_defaults: dict[str, Any]) -> str:
    """Return what ``--set`` changed from the defaults, as ``gradient=released``; empty if nothing."""
    method = [f"{k}={_text(v)}" for k, v in config.method_parameters if v != method_defaults[k]]
    dataset = [f"{config.dataset}.{k}={_text(v)}" for k, v in config.dataset_parameters if v != dataset_defaults[k]]
    return ",".join(method + dataset)


def protocol(config: RunConfig, examples_default: int) -> str:
    """Return what of the stream differs from the defaults, as ``examples=1000,reservoir=100``; empty if nothing.

    Runs of different protocols are not put into one comparison.
    """
    usual = {"examples": examples_default, **STREAM_DEFAULTS}
    changed = {name: getattr(config, name) for name in usual if getattr(config, name) != usual[name]}
    return ",".join(f"{name}={_text(value)}" for name, value in changed.items())


def batch_protocol(config: BatchConfig) -> str:
    """Return what of draws and looks differs from the defaults, as ``checkpoints=5,seed=1``; empty if nothing."""
    names = ("checkpoints", "seed")
    changed = {name: getattr(config, name) for name in names if getattr(config, name) != STREAM_DEFAULTS[name]}
    return ",".join(f"{name}={value}" for name, value in changed.items())


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value)

"""The classes whose parameters a config contains."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config, Parameters
from mihash_bench.registry import BACKBONES, DATASETS, Registry
from mihash_bench.settings.base import Setting


class Owned(NamedTuple):
    """The parameters that a config gives to one class.

    kind: ``method``, ``dataset`` or ``backbone``. Parameters of a backbone that have their default are left out.
    """

    kind: str
    name: str
    registry: Registry
    parameters: Parameters


def owned_parameters(setting: Setting, config: Config) -> Iterator[Owned]:
    """Yield the parameters of the method, of the dataset, and of the backbone if the setting has one."""
    yield Owned("method", config.method, setting.methods, config.method_parameters)
    yield Owned("dataset", config.dataset, DATASETS, config.dataset_parameters)
    if backbone := backbone_of(config):
        yield Owned("backbone", backbone, BACKBONES, getattr(config, "backbone_parameters", ()))


def backbone_in(protocol: str) -> str:
    """Return the backbone that a run's protocol names, or "" if it is the default one or the setting has none."""
    return next((part.partition("=")[2] for part in protocol.split(",") if part.startswith("backbone=")), "")


def backbone_of(config: Config) -> str:
    """Return the name of the backbone, or "" in a setting without one."""
    return str(getattr(config, "backbone", ""))


def class_if_known(registry: Registry, name: str) -> Any:
    """Return the class, or None if it is an imported dataset or not installed and its plug-in not loaded."""
    try:
        return registry.get(name)
    except InputError:
        return None

"""The classes whose parameters a config contains."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config, Parameters
from mihash_bench.registry import BACKBONES, DATASETS, POLICIES, PROTOCOLS, Registry
from mihash_bench.settings.base import Setting

# The kind and the name of each class.
Others = tuple[tuple[str, str], ...]
# What only some settings have; each is an option, a value of the config and a part of the protocol.
OTHERS = {"backbone": BACKBONES, "policy": POLICIES, "protocol": PROTOCOLS}


class Owned(NamedTuple):
    """The parameters that a config gives to one class.

    kind: ``method``, ``dataset``, ``backbone``, ``policy`` or ``protocol``. Of the latter three, parameters that have
    their default are left out.
    """

    kind: str
    name: str
    registry: Registry
    parameters: Parameters


def owned_parameters(setting: Setting, config: Config) -> Iterator[Owned]:
    """Yield the parameters of the method, of the dataset, and of what only some settings have."""
    yield Owned("method", config.method, setting.methods, config.method_parameters)
    yield Owned("dataset", config.dataset, DATASETS, config.dataset_parameters)
    for kind, name in others_of(config):
        yield Owned(kind, name, OTHERS[kind], getattr(config, f"{kind}_parameters", ()))


def others_in(protocol: str) -> Others:
    """Return the classes that a run's protocol names, which are those that are not the default ones."""
    parts = (part.partition("=") for part in protocol.split(","))
    return tuple((kind, name) for kind, _, name in parts if kind in OTHERS)


def others_of(config: Config) -> Others:
    """Return the classes of a run that only some settings have."""
    return tuple((kind, str(getattr(config, kind))) for kind in OTHERS if hasattr(config, kind))


def class_if_known(registry: Registry, name: str) -> Any:
    """Return the class, or None if it is an imported dataset or not installed and its plug-in not loaded."""
    try:
        return registry.get(name)
    except InputError:
        return None

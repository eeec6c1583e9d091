"""The texts that say how a run differs from the defaults: its variant and its protocol."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from mihash_bench.experiment.config import Config, Parameters, changed, resolved
from mihash_bench.parameters import defaults
from mihash_bench.settings.base import Setting
from mihash_bench.sweeps.owners import OTHERS, class_if_known, owned_parameters


@dataclass(frozen=True)
class Claim:
    """What a run file claims to be the defaults of its dataset.

    group: what determines these defaults. whole: the protocol with all values. protocol: the one without the defaults.
    """

    group: tuple[str, ...]
    whole: str
    protocol: str


def variant_of(method: tuple[Any, Parameters], *others: tuple[Any, Parameters] | None) -> str:
    """Return the parameters of the method, of the dataset and of other classes that differ from the defaults.

    For example ``gradient=released,synthetic.n=1000``, or "". method, others: each a class and its parameters in a
    config; None stands for what has no parameters.
    """
    further = (f"{other[0].name}.{text}" for other in others if other for text in changed_parameters(*other))
    return ",".join([*changed_parameters(*method), *further])


def other_parameters(setting: Setting, config: Config) -> list[tuple[Any, Parameters]]:
    """Return the classes that only some settings have with their parameters; nothing of those not installed."""
    known = ((each, class_if_known(each.registry, each.name)) for each in owned_parameters(setting, config))
    return [(owner, each.parameters) for each, owner in known if each.kind in OTHERS and owner]


def changed_parameters(owner: Any, parameters: Parameters) -> list[str]:
    """Return the parameters in a config that differ from the defaults, as texts such as ``gradient=released``."""
    return changed(dict(sorted(resolved(owner, parameters).items())), defaults(owner))


def protocol_of(config: Config, setting: Setting, stored: str) -> str:
    """Return the protocol of a config whose run file has the protocol ``stored``.

    All of it follows from the config, except whether a value is the dataset's own default. For that, ``stored`` counts.
    """
    named = {part.partition("=")[0] for part in stored.split(",")}
    usual = {name: getattr(config, name) for name in _by_dataset(setting) if name not in named}
    return setting.protocol(config, **{name: value for name, value in usual.items() if value is not None})


def defaults_claimed(config: Config, setting: Setting) -> tuple[str, str]:
    """Return the protocol with the values that may be the dataset's defaults, and the protocol without them."""
    whole = setting.protocol(config)
    names = set(_by_dataset(setting))
    return whole, ",".join(part for part in whole.split(",") if part.partition("=")[0] not in names)


def settled(claims: Sequence[Claim]) -> list[str]:
    """Return the protocol of each run, with the values of which it is not certain that they are the dataset's defaults.

    A run file says that a value is its dataset's default by not naming it. If another run of the same dataset and the
    same other options names this value, or does not name another value, then one of them is not right, and the value
    is named in all of them.
    """
    unnamed: dict[Any, set[str]] = defaultdict(set)
    named: dict[Any, set[str]] = defaultdict(set)
    for claim in claims:
        (named if claim.protocol == claim.whole else unnamed)[claim.group].add(claim.whole)
    return [
        claim.whole if len(unnamed[claim.group]) > 1 or claim.whole in named[claim.group] else claim.protocol
        for claim in claims
    ]


@cache
def _by_dataset(setting: Setting) -> list[str]:
    """Return the options of the protocol whose default depends on the dataset."""
    every = setting.options.defaults()
    return [name for name in setting.options.must_agree if every[name] is None]

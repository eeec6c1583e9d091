"""The texts that say how a run differs from the defaults: its variant and its protocol."""

from typing import Any

from mihash_bench.experiment.config import Config, Parameters, changed, resolved
from mihash_bench.parameters import defaults
from mihash_bench.settings.base import Setting


def variant_of(method: tuple[Any, Parameters], source: tuple[Any, Parameters]) -> str:
    """Return the parameters of the method and of the dataset that differ from the defaults.

    For example ``gradient=released,synthetic.n=1000``, or "". method, source: each a class and its parameters in a
    config.
    """
    data = f"{source[0].name}."
    return ",".join([*_changed(*method), *(data + text for text in _changed(*source))])


def _changed(owner: Any, parameters: Parameters) -> list[str]:
    return changed(dict(sorted(resolved(owner, parameters).items())), defaults(owner))


def protocol_of(config: Config, setting: Setting, stored: str) -> str:
    """Return the protocol of a config whose run file has the protocol ``stored``.

    All of it follows from the config, except whether a value is the dataset's own default. For that, ``stored`` counts.
    """
    named = {part.partition("=")[0] for part in stored.split(",")}
    by_dataset = (name for name, default in setting.options.defaults().items() if default is None)
    usual = {name: getattr(config, name) for name in by_dataset if name not in named and hasattr(config, name)}
    return setting.protocol(config, **usual)

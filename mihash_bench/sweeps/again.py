"""The command that makes exactly one run again, from what its file says."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config, Parameters, as_text, run_key
from mihash_bench.experiment.options import Option, flag
from mihash_bench.settings.base import Setting, default_setting, read_config
from mihash_bench.store.origin import origin_of
from mihash_bench.store.record import RunRecord
from mihash_bench.sweeps.code import PLUGINS, known_code
from mihash_bench.sweeps.naming import changed_parameters
from mihash_bench.sweeps.owners import class_if_known, others_in, owned_parameters

# What a run is called by; these options are in the command also where they have their defaults.
ALWAYS = ("dataset", "method", "bits", "trial")


def command_again(record: RunRecord) -> list[str]:
    """Return the command that makes a run again, word by word: every option that is not at its default.

    A method or dataset that is neither installed nor loaded is named with all of its parameters. Raises InputError if
    there is no such command: if the setting is not installed, or if ``run`` does not accept it.
    """
    setting, config = read_config(str(record.attributes["config"]))
    if not setting.listed:
        raise InputError(f"no command makes a single run of the setting {setting.name}")
    chosen = [] if setting.name == default_setting() else ["--setting", setting.name]
    values = dict(_values(setting, config, origin_of(record)))
    declared = setting.options.declared()
    words = [word for name, value in values.items() for word in _words(name, declared[name], value)]
    return ["mihash-bench", "run", *chosen, *words]


def _values(setting: Setting, config: Config, facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the options of the run that must be given, with their values."""
    usual = setting.options.defaults()
    special = {"metric": config.metrics, "set": _sets(setting, config), "plugin": _plugins(facts)}
    # A limit such as --epochs is no value of the config, but without it the run might not be possible.
    limits = facts.get("options", {})
    for name, declared in setting.options.declared().items():
        value = special[name] if name in special else getattr(config, name, limits.get(name))
        if value is None or name == "trials":
            continue
        if declared.many and not isinstance(value, tuple):
            value = (value,)
        if name in ALWAYS or value != usual[name]:
            yield name, value


def _words(name: str, declared: Option, value: Any) -> list[str]:
    if not declared.many:
        return [flag(name), as_text(value)]
    texts = [as_text(each) for each in value]
    if declared.separator:
        return [flag(name), declared.separator.join(texts)]
    return [word for text in texts for word in (flag(name), text)]


def _sets(setting: Setting, config: Config) -> tuple[str, ...]:
    """Return the parameters that differ from the defaults, as ``--set`` takes them; all if there is no class here."""
    owned = owned_parameters(setting, config)
    return tuple(
        f"{each.name}.{text}"
        for each in owned
        for text in _texts(class_if_known(each.registry, each.name), each.parameters)
    )


def _texts(owner: Any, parameters: Parameters) -> list[str]:
    if owner is None:
        return [f"{name}={as_text(value)}" for name, value in parameters]
    return changed_parameters(owner, parameters)


def _plugins(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the plug-ins that the run used, as ``--plugin`` takes them. Installed packages are found without it."""
    names = dict.fromkeys(each["name"] for each in facts.get(PLUGINS, []))
    files = {name: name for name in names if name.endswith(".py")}
    modules = []
    for given in facts.get("options", {}).get("plugin", []):
        if PurePath(given).name in files:
            files[PurePath(given).name] = given
        elif not given.endswith(".py") and len(files) < len(names):
            modules.append(given)
    return (*files.values(), *modules)


def is_code_unknown(about: Mapping[str, Any]) -> bool:
    """Return whether the code of a run cannot be compared, because a plug-in that made it is not loaded here."""
    return bool(about.get("code")) and _known_code(about) is None


def _known_code(about: Mapping[str, Any]) -> str | None:
    setting, method, dataset = (str(about[name]) for name in ("setting", "method", "dataset"))
    return known_code(setting, method, dataset, str(about.get("dataset_is", "")), others_in(str(about["protocol"])))


def differences_here(record: RunRecord) -> list[str]:
    """Return why the command of ``command_again`` would give another key here, one line for each reason.

    The files of the dataset and plug-ins that are not loaded are not looked at. Raises InputError if the setting is not
    installed.
    """
    about = record.attributes
    setting, config = read_config(str(about["config"]))
    method = class_if_known(setting.methods, config.method)
    if method is None:
        return []
    version, code = int(about["method_version"]), str(about.get("code", ""))
    known = _known_code(about)
    lines = []
    if version != method.version:
        lines.append(f"the run is of version {version} of {config.method}, here is version {method.version}")
    if known is not None and code != known:
        lines.append(f"the run is of the code {code[:8] or 'of this package'}, here is {known[:8] or 'no plug-in'}")
    if not lines and run_key(config, str(about["dataset_digest"]), version, code) != about["key"]:
        lines.append("the run has an older key, which its metrics were part of")
    return lines

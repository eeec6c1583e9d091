"""Completion of the values of options: names of methods, datasets, metrics, presets and settings, and ``--set``."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem[str]]"]


def words(find: Callable[[click.Context], Iterable[str]]) -> Complete:
    """Return a completion with the words that ``find`` returns, also after a comma, where no word is repeated."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
        before, comma, beginning = incomplete.rpartition(",")
        given = before.split(",")
        return [
            CompletionItem(f"{before}{comma}{word}")
            for word in find(ctx)
            if word.startswith(beginning) and word not in given
        ]

    return complete


def _datasets(ctx: click.Context) -> list[str]:
    from mihash_bench.registry import DATASETS

    return sorted({*DATASETS.names(), *_imported(ctx)})


def _imported(ctx: click.Context) -> list[str]:
    from mihash_bench.own_data.place import own_files

    return list(own_files(Path(ctx.params.get("data_dir") or "datasets")))


def _backbones(ctx: click.Context) -> list[str]:
    from mihash_bench.registry import BACKBONES

    return BACKBONES.names()


def _policies(ctx: click.Context) -> list[str]:
    from mihash_bench.registry import POLICIES

    return POLICIES.names()


def _protocols(ctx: click.Context) -> list[str]:
    from mihash_bench.registry import PROTOCOLS

    return PROTOCOLS.names()


def _methods(ctx: click.Context) -> list[str]:
    from mihash_bench.about.words import methods_of_setting

    # Without a setting, all methods, because --setting may follow.
    return methods_of_setting("batch-1" if ctx.info_name == "tune" else ctx.params.get("setting"))


def _metrics(ctx: click.Context) -> list[str]:
    from mihash_bench.about.metrics import metric_forms

    return metric_forms()


def _metric_names(ctx: click.Context) -> list[str]:
    from mihash_bench.about.metrics import metric_names

    return metric_names()


def _engines(ctx: click.Context) -> list[str]:
    from mihash_bench.registry import ENGINES

    return ENGINES.names()


def _presets(ctx: click.Context) -> list[str]:
    from mihash_bench.sweeps.files import preset_names

    return preset_names()


def _settings(ctx: click.Context) -> list[str]:
    from mihash_bench.settings.base import listed_settings

    return [setting.name for setting in listed_settings()]


def _set(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    from mihash_bench.about.words import set_words

    if ctx.info_name == "features":
        owners = _given(ctx, "backbone") or _backbones(ctx)
    elif ctx.info_name == "search":
        owners = _given(ctx, "engines") or _engines(ctx)
    else:
        owners = [
            *(_given(ctx, "method") or _methods(ctx)),
            *(_given(ctx, "dataset") or _datasets(ctx)),
            *_given(ctx, "backbone"),
            *_given(ctx, "policy"),
            *_given(ctx, "protocol"),
        ]
    return [CompletionItem(word) for word in set_words(incomplete, owners) if word.startswith(incomplete)]


def _given(ctx: click.Context, name: str) -> list[str]:
    value: Any = ctx.params.get(name) or ()
    return value.split(",") if isinstance(value, str) else list(value)


def _file(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    return [CompletionItem(incomplete, type="file")]


# By the name of the option. An argument for one such name uses the same completion.
COMPLETIONS: dict[str, Complete] = {
    "backbone": words(_backbones),
    "dataset": words(_datasets),
    "engine": words(_engines),
    "method": words(_methods),
    "metric": words(_metrics),
    "policy": words(_policies),
    "preset": words(_presets),
    "protocol": words(_protocols),
    "setting": words(_settings),
    "set": _set,
    "plugin": _file,
}
METRIC_NAMES = words(_metric_names)
IMPORTED_NAMES = words(_imported)

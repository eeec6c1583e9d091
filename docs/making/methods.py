"""A page for each name of a method: formula, parameters, cost, a figure and the publication."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from making.markdown import contents, fence, prose, table
from making.sample import method_figure, small_sweeps, sweep_of
from mihash_bench.about.citations import bibtex
from mihash_bench.about.docstrings import meanings_of, prose_of
from mihash_bench.about.methods import KINDS, LETTERS, learns_from, method_names
from mihash_bench.about.pages import citation_of, shown_value
from mihash_bench.parameters import defaults
from mihash_bench.registry import Registry
from mihash_bench.settings.base import listed_settings

# Another page, as docstrings name it.
_PAGE = re.compile(r"\bdocs/([a-z-]+\.md)")
_INTRODUCTION = """A page for each method: its formula, parameters, cost, a figure and its publication. They say what
`mihash-bench methods show NAME` prints. The figures are drawn from [small sweeps](#the-small-sweeps) on the embedded
sample. They show how a curve looks, and not how good a method is: streams are short, batch methods learn for a few
epochs, and no parameter was chosen for the sample."""


def method_pages(folder: Path) -> None:
    """Write the pages of all methods of this package, and one that lists them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _names():
        (folder / f"{name}.md").write_text("\n\n".join(_page(name)) + "\n", "utf-8")
    (folder / "index.md").write_text("\n\n".join(_index()) + "\n", "utf-8")


def _names() -> list[str]:
    return [name for name in method_names() if any(registry.is_built_in(name) for registry in KINDS.values())]


def _kinds(name: str) -> Iterator[tuple[str, Registry, Any]]:
    """Yield the kinds of a method that has this name, with their registries and classes."""
    for kind, registry in KINDS.items():
        if registry.is_built_in(name):
            yield kind, registry, registry.get(name)


def _index() -> Iterator[str]:
    yield "# Methods"
    yield _INTRODUCTION
    rows = [
        (f"[{method.title}]({name}.md)", f"`{name}`", kind) for name in _names() for kind, _, method in _kinds(name)
    ]
    yield table(("method", "name", "kind"), rows)
    yield contents(_names(), ("maxdepth: 1", "hidden:"))
    yield "## The small sweeps"
    yield "Each is a file for `mihash-bench run --config FILE -o FOLDER`, where the folder has the name of the file."
    for sweep in small_sweeps():
        yield f"`{sweep.file.name}`:"
        yield fence(sweep.file.read_text("utf-8"), "toml")


def _page(name: str) -> Iterator[str]:
    found = list(_kinds(name))
    yield f"# {found[0][2].title}"
    for kind, registry, method in found:
        yield f"## {kind.capitalize()}"
        yield _PAGE.sub(r"[\1](../../\1)", prose(prose_of(method)))
        yield from _parameters(method)
        yield f"**Learns from**: {learns_from(kind, method)}."
        yield from _cost(kind, method)
        for setting in listed_settings():
            if setting.methods is registry:
                yield fence(f"mihash-bench run --setting {setting.name} --method {name}", "bash")
                yield from _figure(setting.name, name, method.title)
    yield from _publications([citation_of(method) for _, _, method in found])


def _parameters(method: Any) -> Iterator[str]:
    initial, meanings = defaults(method), meanings_of(method)
    rows = [
        (f"`{name}`", f"`{shown_value(initial[name])}`", prose(str(constraint)), prose(meanings[name]))
        for name, constraint in method.constraints.items()
    ]
    if rows:
        yield f"**Parameters**, which `--set {method.name}.PARAMETER=VALUE` changes:"
        yield table(("parameter", "default", "allowed", "meaning"), rows)


def _cost(kind: str, method: Any) -> Iterator[str]:
    if method.cost is not None:
        time, memory = prose(method.cost.time), prose(method.cost.memory)
        yield f"**Cost of learning** ({LETTERS[kind]}):"
        yield f"* time: {time}\n* memory: {memory}"


def _figure(setting: str, name: str, title: str) -> Iterator[str]:
    sweep = sweep_of(setting, name)
    if sweep is None or not sweep.can_run:
        yield "There is no figure here, because the networks could not be trained when this site was built."
        return
    command, file = method_figure(sweep, name)
    yield f"![mAP of {title} on the small sweep {sweep.name}](../figures/{file.name})"
    yield f"Drawn by `{command}` from the [small sweep](index.md#the-small-sweeps) `{sweep.file.name}`."


def _publications(citations: list[str]) -> Iterator[str]:
    yield "## Publication"
    entries = bibtex(citations)
    yield fence("\n".join(entries), "bibtex") if entries else "The method is not published anywhere."

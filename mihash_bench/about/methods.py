"""What methods are: formula, parameters, cost and BibTeX."""

from collections.abc import Iterator
from typing import Any

from mihash_bench.about.docstrings import prose_of
from mihash_bench.about.pages import citation_lines, parameter_lines, wrapped
from mihash_bench.errors import unknown
from mihash_bench.registry import BATCH_METHODS, DEEP_METHODS, METHODS, OWN_CLASS, Registry
from mihash_bench.settings.base import listed_settings
from mihash_bench.text import one_line, printable

KINDS: dict[str, Registry] = {
    "online method": METHODS, "batch method": BATCH_METHODS, "end-to-end method": DEEP_METHODS
}  # fmt: skip
LETTERS = {
    "online method": "n database rows, d features, b bits",
    "batch method": "n training points, d features, b bits",
    "end-to-end method": "n training images, d features of the backbone, b bits",
}


def method_names() -> list[str]:
    """Return the names of all methods in alphabetical order, without importing them."""
    return sorted({name for registry in KINDS.values() for name in registry.names()})


def method_list() -> list[str]:
    """Return one line for each method: name, title and kind, first the online methods."""
    return [
        f"{method.name}: {one_line(method.title)} ({kind})"
        for kind, registry in KINDS.items()
        for method in map(registry.get, registry.names())
    ]


def method_page(name: str) -> str:
    """Describe all methods with this name. Raises InputError, naming the argument ``NAME``, if there is none."""
    found = [(kind, registry) for kind, registry in KINDS.items() if name in registry.names()]
    if not found:
        raise unknown("NAME", name, method_names(), OWN_CLASS)
    return "\n\n\n".join("\n".join(_lines(kind, registry, registry.get(name))) for kind, registry in found)


def _lines(kind: str, registry: Registry, method: Any) -> Iterator[str]:
    yield one_line(f"{method.title} ({method.name}): {kind}, version {method.version}")
    yield f"\n{printable(prose_of(method)) or 'The class has no docstring.'}\n"
    yield from parameter_lines(method, method.name, method.constraints)
    yield f"\nLearns from: {learns_from(kind, method)}"
    yield from _settings(registry, method.name)
    yield from _cost(kind, method)
    yield ""
    yield from citation_lines(method)


def learns_from(kind: str, method: Any) -> str:
    """Return what a method of one of the ``KINDS`` learns from, in words."""
    if kind == "batch method":
        return "training points with one label each"
    if kind == "end-to-end method":
        return "training images with one label each"
    rows = method.examples_per_step
    step = f"{rows} example{'' if rows == 1 else 's'} a step" if isinstance(rows, int) else "a batch of examples a step"
    if not method.uses_neighbors:
        labels = "no labels are used"
    else:
        labels = (
            "labels are needed" if method.needs_labels else "labels or distances decide which examples are neighbors"
        )
    return f"{step}{', compared with the reservoir' if method.uses_reservoir else ''}; {labels}"


def _settings(registry: Registry, name: str) -> Iterator[str]:
    for setting in listed_settings():
        if setting.methods is registry:
            plugin = "" if registry.is_built_in(name) else " --plugin FILE.py"
            yield f"Run it with: mihash-bench run{plugin} --setting {setting.name} --method {name}"


def _cost(kind: str, method: Any) -> Iterator[str]:
    if method.cost is None:
        yield "Cost of learning: the class does not state it"
        return
    yield f"Cost of learning ({LETTERS[kind]})"
    yield from wrapped(f"time: {method.cost.time}", "  ")
    yield from wrapped(f"memory: {method.cost.memory}", "  ")

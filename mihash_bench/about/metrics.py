"""What metrics are: meaning, specs, the order of ties, bounds and BibTeX."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from typing import Any

from mihash_bench.about.docstrings import meanings_of, prose_of
from mihash_bench.about.pages import citation_lines, wrapped
from mihash_bench.errors import InputError, unknown
from mihash_bench.registry import METRICS
from mihash_bench.text import one_line, printable


def metric_list() -> list[str]:
    """Return one line for each family of metrics: name, title and example specs."""
    families = map(METRICS.get, METRICS.names())
    return [one_line(f"{family.name}: {family.title} ({', '.join(family.forms)})") for family in families]


def metric_forms() -> list[str]:
    """Return the example specs of all families."""
    return [form for family in METRICS.classes() for form in family.forms]


def metric_names() -> list[str]:
    """Return the names of all families and their example specs."""
    return [*METRICS.names(), *metric_forms()]


def metric_page(name: str) -> str:
    """Describe a family of metrics, given its name or a spec such as ``mAP@1000``.

    Raises InputError, naming the argument ``NAME``, if there is none.
    """
    return "\n".join(_lines(_family(name)))


def _family(name: str) -> Any:
    if name in METRICS.names():
        return METRICS.get(name)
    for family in METRICS.classes():
        try:
            if family.parse(name) is not None:
                return family
        except InputError as error:
            raise InputError(f"NAME: {str(error).removeprefix('--metric: ')}") from None
    raise unknown("NAME", name, metric_names())


def _lines(family: Any) -> Iterator[str]:
    yield one_line(f"{family.title} ({family.name})")
    yield f"\n{printable(prose_of(family)) or 'The class has no docstring.'}\n"
    yield from _parameters(family)
    yield "Specs (--metric) and how they treat items at equal distance"
    for form in family.forms:
        with suppress(InputError):
            yield one_line(f"  {form}: {_ties(family.parse(form))}")
    yield f"Bounds: {_bounds(family)}; {'larger' if family.higher_is_better else 'smaller'} is better\n"
    yield from citation_lines(family)


def _parameters(family: Any) -> Iterator[str]:
    meanings = meanings_of(family)
    if fields(family):
        yield "Parameters, which are parts of the spec"
    for field in fields(family):
        yield from wrapped(
            f"{field.name}: {meanings.get(field.name, 'The docstring does not say what it means.')}", "  "
        )


def _ties(metric: Any) -> str:
    return metric.ties_note or "their order does not matter"


def _bounds(family: Any) -> str:
    return "none" if family.bounds is None else f"from {family.bounds[0]:g} to {family.bounds[1]:g}"

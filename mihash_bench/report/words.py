"""The options of tables and figures as Python values: lists for commas, mappings for labels, pairs for limits."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError, shown, unknown
from mihash_bench.report.data.choice import Choice, parsed_label
from mihash_bench.report.figures.design import (
    FORMATS,
    LEGENDS,
    SCALES,
    Design,
    parsed_layout,
    parsed_limits,
    parsed_size,
)
from mihash_bench.report.tables.arrangement import Arrangement

Words = Mapping[str, Any]

CHOOSING = ("setting", "dataset", "method", "variant", "bits", "trigger", "label")
ARRANGING = ("layout", "columns", "decimals", "second", "caption", "siunitx")
DRAWING = ("size", "style", "xlim", "ylim", "xscale", "legend", "layout", "format")
MOST_DECIMALS = 9


def check_words(words: Words, *known: str) -> None:
    """Raise InputError for a word that is neither one of those that choose runs nor one of the known ones."""
    for word in words:
        if word not in (*CHOOSING, *known):
            raise unknown("option", word, [*CHOOSING, *known])


def choice_in(words: Words) -> Choice:
    """Return the choice of runs. Raises InputError, naming the word, for a value that is not allowed."""
    values = {name: listed(name, words[name]) for name in CHOOSING[:-1] if words.get(name) is not None}
    return Choice(values, dict(map(parsed_label, _labels(words.get("label")))))


def arrangement_in(words: Words) -> Arrangement:
    """Return the wishes for a table. Raises InputError as ``choice_in`` does."""
    given = {name: words[name] for name in ARRANGING if words.get(name) is not None}
    if "columns" in given:
        given["columns"] = listed("columns", given["columns"])
    decimals = given.get("decimals", 0)
    if not _is_whole(decimals) or not 0 <= decimals <= MOST_DECIMALS:
        raise InputError(f"decimals: {shown(decimals)} (allowed: whole numbers from 0 to {MOST_DECIMALS})")
    _check_types(given, {"layout": str, "caption": str, "second": bool, "siunitx": bool})
    return Arrangement(**given)


def design_in(words: Words) -> Design:
    """Return the wishes for figures. Raises InputError as ``choice_in`` does."""
    given = {name: words[name] for name in DRAWING if words.get(name) is not None}
    parsers: Mapping[str, Callable[[str], Any]] = {
        "size": parsed_size, "layout": parsed_layout, "xlim": partial(parsed_limits, option="--xlim"),
        "ylim": partial(parsed_limits, option="--ylim"),
    }  # fmt: skip
    for name in parsers.keys() & given.keys():
        given[name] = parsers[name](_joined(given[name], "x" if name == "layout" else ","))
    for name, allowed in (("xscale", SCALES), ("legend", LEGENDS)):
        if given.get(name, allowed[0]) not in allowed:
            raise unknown(f"--{name}", str(given[name]), allowed)
    formats = listed("format", given.pop("format", Design.formats))
    for each in formats:
        if each not in FORMATS:
            raise unknown("--format", str(each), FORMATS)
    style = given.pop("style", None)
    return Design(**given, style=None if style is None else Path(style), formats=formats)


def listed(name: str, value: Any) -> tuple[Any, ...]:
    """Return the values of a word: those between the commas of a text, those of a list, or a single one.

    A variant is a text with commas. Code lengths are whole numbers.
    """
    if isinstance(value, str):
        values: list[Any] = [value] if name == "variant" else [part.strip() for part in value.split(",")]
    else:
        values = list(value) if isinstance(value, Iterable) else [value]
    if name == "bits":
        values = [int(each) if str(each).isdecimal() else each for each in values]
        if not all(_is_whole(each) and each > 0 for each in values):
            raise InputError(f"bits: {shown(value)} (allowed: whole numbers from 1)")
    elif not values or not all(isinstance(each, str) for each in values):
        raise InputError(f"{name}: {shown(value)} (allowed: a text, or a list of texts)")
    return tuple(values)


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _labels(given: Any) -> list[str]:
    if isinstance(given, Mapping):
        return [f"{name}={text}" for name, text in given.items()]
    return [] if given is None else [given] if isinstance(given, str) else [str(each) for each in given]


def _joined(value: Any, separator: str) -> str:
    return str(value) if isinstance(value, str) or not isinstance(value, Iterable) else separator.join(map(str, value))


def _check_types(given: Words, types: Mapping[str, type]) -> None:
    for name in types.keys() & given.keys():
        if not isinstance(given[name], types[name]):
            what = "True or False" if types[name] is bool else "a text"
            raise InputError(f"{name}: {shown(given[name])} (allowed: {what})")

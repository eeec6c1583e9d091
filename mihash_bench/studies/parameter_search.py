"""A seeded random search for parameters of methods, and the preset that records it."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from mihash_bench.experiment.config import as_text
from mihash_bench.experiment.options import flag
from mihash_bench.experiment.seeds import generator
from mihash_bench.parameters import defaults
from mihash_bench.search_space import Span
from mihash_bench.settings.base import Setting

# A repeated draw is replaced, but only so often, because a search space may be smaller than the budget.
MOST_REPEATS = 100
# The sets that are repeated in further trials, beside the defaults, and the usual number of these trials.
FINALISTS, FURTHER_TRIALS = 3, 2

ParameterSet = dict[str, Any]


class Searched(Protocol):
    """A class of methods whose parameters can be searched."""

    @property
    def name(self) -> str:
        """The name of the method."""
        ...

    @property
    def search(self) -> Mapping[str, Span]:
        """The values that may be tried, by parameter."""
        ...

    @property
    def rounding(self) -> float:
        """By how much rounding alone moves its scores."""
        ...


@dataclass(frozen=True)
class Tried:
    """A parameter set, its mAP at each code length (NaN if the run failed), and its scores in further trials, if any.

    Another trial draws anew what is learned from and searched, and the method's random numbers.
    """

    parameters: ParameterSet
    by_bits: tuple[float, ...]
    further: tuple[float, ...] = ()

    @property
    def score(self) -> float:
        """The mean mAP over code lengths in the first trial, or NaN if one of them is NaN."""
        return float(np.mean(self.by_bits))

    @property
    def scores(self) -> tuple[float, ...]:
        """The scores of all trials of this set."""
        return (self.score, *self.further)

    @property
    def mean(self) -> float:
        """The mean score over trials, or NaN if one of them is NaN."""
        return float(np.mean(self.scores))


def _rank(each: Tried) -> tuple[bool, bool, float]:
    """Sort key: sets with further trials first, by mean score; failed sets last."""
    return not each.further, bool(np.isnan(each.mean)), -np.nan_to_num(each.mean)


def finalists(tried: Sequence[Tried]) -> list[int]:
    """Return the positions of the sets to repeat: the defaults and the best few, or none if there is no choice."""
    done = [i for i, each in enumerate(tried) if not np.isnan(each.score)]
    best = sorted(done, key=lambda i: -tried[i].score)[:FINALISTS]
    return sorted({*best, *done[: done[:1] == [0]]}) if len(done) > 1 else []


def doubt(best: Tried, usual: Tried, rounding: float) -> str:
    """Return why the difference between the best set and the defaults is no evidence, or "" if it may be.

    rounding: by how much rounding alone moves the method's scores.
    """
    gains = np.subtract(best.scores, usual.scores[: len(best.scores)]) if best.further and usual.further else None
    if best is usual:
        return ""
    if best.mean - usual.mean <= rounding:
        return f"rounding alone moves its scores by up to {rounding:g}"
    if gains is None:
        return "the two were not repeated in the same trials"
    return "" if (gains > 0).all() else "it is not better than the defaults in every trial"


@dataclass(frozen=True)
class Search:
    """The record of a search in a preset.

    setting: the setting of the preset. tried: the parameter sets of each method, beginning with the defaults. about:
    all facts needed to repeat the search. fixed: parameters that were not searched but given, as texts of ``--set``.
    options: other options that were given.
    """

    setting: Setting
    dataset: str
    bits: tuple[int, ...]
    tried: Mapping[str, Sequence[Tried]]
    about: Mapping[str, Any]
    fixed: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def best(self, method: str) -> Tried:
        """Return the set with the highest mean, or the first of several. Raises ValueError if all sets failed.

        Only sets with further trials are considered if there are any.
        """
        return min((each for each in self.tried[method] if not np.isnan(each.mean)), key=_rank)

    def doubt(self, method: str) -> str:
        """Return why the best set's difference to the defaults is no evidence; see the function ``doubt``."""
        return doubt(self.best(method), self.tried[method][0], self.setting.methods.get(method).rounding)


def spans_of(method: Searched, fixed: Collection[str] = ()) -> dict[str, Span]:
    """Return the search space of a method without the parameters that are fixed."""
    return {name: span for name, span in method.search.items() if name not in fixed}


def candidates(
    method: Any,
    budget: int,
    seed: int,
    fixed: Collection[str] = (),
    possible: Callable[[ParameterSet], bool] | None = None,
) -> list[ParameterSet]:
    """Return up to ``budget`` different parameter sets: the defaults, then draws from the method's ``search``.

    fixed: names of parameters that are not searched. possible: whether a drawn set can be tried; another one is drawn
    instead of one that cannot.
    """
    rng, spans = generator(seed, "tuning", method.name), spans_of(method, fixed)
    usual = {name: value for name, value in defaults(method).items() if name in spans}
    found = [usual]
    for _ in range(budget + MOST_REPEATS):
        if len(found) == budget or not spans:
            break
        drawn = {name: span.draw(rng) for name, span in spans.items()}
        if drawn not in found and (possible is None or possible(drawn)):
            found.append(drawn)
    return found


def whole_sets(method: Any, some: Sequence[ParameterSet], fixed: Mapping[str, Any] | None = None) -> list[ParameterSet]:
    """Return full parameter sets: those that are not searched are fixed or have their defaults."""
    usual = {name: value for name, value in defaults(method).items() if name not in ("n_bits", "random_state")}
    return [{**usual, **(fixed or {}), **each} for each in some]


def preset_of(search: Search, bits: Sequence[int], trials: int) -> str:
    """Return a preset as TOML that runs the best set of each method and contains the record of the search."""
    methods, tuning = list(search.tried), search.setting.tuning
    assert tuning is not None
    best = [f"{m}.{name}={as_text(value)}" for m in methods for name, value in search.best(m).parameters.items()]
    head = {
        "title": tuning.title.format(dataset=search.dataset, features=search.about["features"]),
        "setting": search.setting.name,
        "dataset": search.dataset,
        "method": methods,
        "bits": list(bits),
        "trials": trials,
        # With another seed, rows that the search used could become queries.
        "seed": search.about["seed"],
        **{flag(name).removeprefix("--"): value for name, value in search.options.items()},
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in head.items()]
    lines += [f"set = {json.dumps([*search.fixed, *best])}"] if search.fixed or best else []
    lines += ["", "[tuning]", *(f"{name} = {json.dumps(value)}" for name, value in search.about.items())]
    lines += [f"bits = {json.dumps(search.bits)}"]
    for method in methods:
        lines += ["", f"[tuning.{method}]", *_record(search, method)]
    return "\n".join(lines) + "\n"


def _record(search: Search, method: str) -> Iterator[str]:
    """Yield the search space, the best set, then all parameter sets tried, beginning with the best."""
    tried = sorted(search.tried[method], key=_rank)
    spans = search.setting.methods.get(method).search
    yield f"searched = {_toml({name: str(span) for name, span in spans.items() if name in tried[0].parameters})}"
    yield f"chosen = {_toml(search.best(method).parameters)}"
    if search.doubt(method):
        yield f"no_evidence = {json.dumps(search.doubt(method))}"
    yield "tried = ["
    for each in tried:
        scores: dict[str, Any] = {"score": round(each.score, 4), "by_bits": [round(value, 4) for value in each.by_bits]}
        if each.further:
            scores["further"] = [round(value, 4) for value in each.further]
        yield f"  {_toml({**scores, **each.parameters})},"
    yield "]"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float):
        return "nan" if np.isnan(value) else repr(value)
    return json.dumps(as_text(value) if value is None else value)

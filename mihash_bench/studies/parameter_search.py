"""A seeded random search for parameters of batch methods, and the preset that records it.

Only training points are used: of each class, 80 % are learned from, 10 % are queries and 10 % are the database.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mihash_bench.batch.base import BatchHasher
from mihash_bench.experiment.seeds import generator
from mihash_bench.parameters import defaults
from mihash_bench.registry import Registry

# A repeated draw is replaced, but only so often, because a search space may be smaller than the budget.
MOST_REPEATS = 100

ParameterSet = dict[str, Any]


@dataclass(frozen=True)
class Tried:
    """A parameter set and its mAP at each code length, which is NaN if the run failed."""

    parameters: ParameterSet
    by_bits: tuple[float, ...]

    @property
    def score(self) -> float:
        """The mean mAP over code lengths, or NaN if one of them is NaN."""
        return float(np.mean(self.by_bits))


@dataclass(frozen=True)
class Search:
    """The record of a search in a preset.

    setting: the setting of the preset. methods: the registry of its methods. tried: the parameter sets of each method,
    beginning with the defaults. about: all facts needed to repeat the search.
    """

    setting: str
    methods: Registry
    dataset: str
    bits: tuple[int, ...]
    tried: Mapping[str, Sequence[Tried]]
    about: Mapping[str, Any]

    def best(self, method: str) -> Tried:
        """Return the set with the highest score, or the first of several. Raises ValueError if all sets failed."""
        done = [each for each in self.tried[method] if not np.isnan(each.score)]
        return max(done, key=lambda each: each.score)


def candidates(method: type[BatchHasher], budget: int, seed: int) -> list[ParameterSet]:
    """Return up to ``budget`` different parameter sets: the defaults, then draws from the method's ``search``."""
    rng = generator(seed, "tuning", method.name)
    usual = {name: value for name, value in defaults(method).items() if name in method.search}
    found = [usual]
    for _ in range(budget + MOST_REPEATS):
        if len(found) == budget:
            break
        drawn = {name: span.draw(rng) for name, span in method.search.items()}
        if drawn not in found:
            found.append(drawn)
    return found


def whole_sets(method: type[BatchHasher], some: Sequence[ParameterSet]) -> list[ParameterSet]:
    """Return full parameter sets, with defaults for the parameters that are not searched."""
    usual = {name: value for name, value in defaults(method).items() if name not in ("n_bits", "random_state")}
    return [{**usual, **each} for each in some]


def preset_of(search: Search, bits: Sequence[int], trials: int) -> str:
    """Return a preset as TOML that runs the best set of each method and contains the record of the search."""
    methods = list(search.tried)
    best = [f"{m}.{name}={value}" for m in methods for name, value in search.best(m).parameters.items()]
    head = {
        "title": f"Setting 1 on {search.dataset} with {search.about['features']:,} features: parameters chosen on a "
        "split of the training points",
        "setting": search.setting,
        "dataset": search.dataset,
        "method": methods,
        "bits": list(bits),
        "trials": trials,
        # With another seed, training points that the search used could become queries.
        "seed": search.about["seed"],
        "set": best,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in head.items()]
    lines += ["", "[tuning]", *(f"{name} = {json.dumps(value)}" for name, value in search.about.items())]
    lines += [f"bits = {json.dumps(search.bits)}"]
    for method in methods:
        lines += ["", f"[tuning.{method}]", *_record(search, method)]
    return "\n".join(lines) + "\n"


def _record(search: Search, method: str) -> Iterator[str]:
    """Yield the search space, then all parameter sets tried, beginning with the best."""
    spans = {name: str(span) for name, span in search.methods.get(method).search.items()}
    yield "searched = {" + ", ".join(f"{name} = {json.dumps(text)}" for name, text in spans.items()) + "}"
    yield "tried = ["
    for each in sorted(search.tried[method], key=lambda one: -np.nan_to_num(one.score, nan=-1.0)):
        scores = {"score": round(each.score, 4), "by_bits": [round(value, 4) for value in each.by_bits]}
        shown = {**scores, **each.parameters}
        yield "  {" + ", ".join(f"{name} = {_toml(value)}" for name, value in shown.items()) + "},"
    yield "]"


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float):
        return "nan" if np.isnan(value) else repr(value)
    return json.dumps(value)

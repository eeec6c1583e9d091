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
# The sets that are repeated in further trials, beside the defaults, and the number of these trials.
FINALISTS, FURTHER_TRIALS = 3, 2

ParameterSet = dict[str, Any]


@dataclass(frozen=True)
class Tried:
    """A parameter set, its mAP at each code length (NaN if the run failed), and its scores in further trials, if any.

    Another trial draws the training points, their split and the method's random numbers anew.
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
        """Return the set with the highest mean, or the first of several. Raises ValueError if all sets failed.

        Only sets with further trials are considered if there are any.
        """
        return min((each for each in self.tried[method] if not np.isnan(each.mean)), key=_rank)

    def doubt(self, method: str) -> str:
        """Return why the best set's difference to the defaults is no evidence; see the function ``doubt``."""
        return doubt(self.best(method), self.tried[method][0], self.methods.get(method).rounding)


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
    if search.doubt(method):
        yield f"no_evidence = {json.dumps(search.doubt(method))}"
    yield "tried = ["
    for each in sorted(search.tried[method], key=_rank):
        scores: dict[str, Any] = {"score": round(each.score, 4), "by_bits": [round(value, 4) for value in each.by_bits]}
        if each.further:
            scores["further"] = [round(value, 4) for value in each.further]
        shown = {**scores, **each.parameters}
        yield "  {" + ", ".join(f"{name} = {_toml(value)}" for name, value in shown.items()) + "},"
    yield "]"


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float):
        return "nan" if np.isnan(value) else repr(value)
    return json.dumps(value)

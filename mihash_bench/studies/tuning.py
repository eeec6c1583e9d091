"""Choosing parameters of batch methods by a seeded random search on a split of the training points.

No query and no row of the database that is not a training point takes part: of each class's training points, 80 % are
learned from, 10 % are queries, and 10 % are the database that these ask.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mihash_bench.batch.base import BatchHasher
from mihash_bench.experiment.seeds import generator
from mihash_bench.parameters import defaults
from mihash_bench.registry import BATCH_METHODS

# Draws that repeat one before are drawn again, at most so often: a search space may be smaller than the budget.
MOST_REPEATS = 100

Setting = dict[str, Any]


@dataclass(frozen=True)
class Tried:
    """A set of searched parameters and the mAP that it reached at each code length; NaN where its run failed."""

    parameters: Setting
    by_bits: tuple[float, ...]

    @property
    def score(self) -> float:
        """The mean over code lengths; NaN if one is."""
        return float(np.mean(self.by_bits))


@dataclass(frozen=True)
class Search:
    """What was searched, and how: as a preset records it.

    tried: by method, the defaults first. about: the facts that make it repeatable.
    """

    dataset: str
    bits: tuple[int, ...]
    tried: Mapping[str, Sequence[Tried]]
    about: Mapping[str, Any]

    def best(self, method: str) -> Tried:
        """Return what reached the largest score, of equals the one tried first. Raises ValueError if all failed."""
        done = [each for each in self.tried[method] if not np.isnan(each.score)]
        return max(done, key=lambda each: each.score)


def candidates(method: type[BatchHasher], budget: int, seed: int) -> list[Setting]:
    """Return parameter sets to try: the defaults, then draws from ``search``, each once; no more than the budget."""
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


def whole_sets(method: type[BatchHasher], some: Sequence[Setting]) -> list[Setting]:
    """Return full parameter sets, with defaults for what is not searched."""
    usual = {name: value for name, value in defaults(method).items() if name not in ("n_bits", "random_state")}
    return [{**usual, **each} for each in some]


def preset_of(search: Search, bits: Sequence[int], trials: int) -> str:
    """Return the TOML of a preset that runs what was found best, with the record of the search."""
    methods = list(search.tried)
    best = [f"{m}.{name}={value}" for m in methods for name, value in search.best(m).parameters.items()]
    head = {
        "title": f"Setting 1 on {search.dataset} with {search.about['features']:,} features: parameters chosen on a "
        "split of the training points",
        "setting": "batch-1",
        "dataset": search.dataset,
        "method": methods,
        "bits": list(bits),
        "trials": trials,
        # With another seed, queries may be among the training points that were looked at.
        "seed": search.about["seed"],
        "set": best,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in head.items()]
    lines += ["", "[tuning]", *(f"{name} = {json.dumps(value)}" for name, value in search.about.items())]
    lines += [f"bits = {json.dumps(search.bits)}"]
    for method in methods:
        lines += ["", f"[tuning.{method}]", *_record(method, search.tried[method])]
    return "\n".join(lines) + "\n"


def _record(method: str, tried: Sequence[Tried]) -> Iterator[str]:
    """Yield what was searched, then everything that was tried, the best first."""
    spans = {name: str(span) for name, span in BATCH_METHODS.get(method).search.items()}
    yield "searched = {" + ", ".join(f"{name} = {json.dumps(text)}" for name, text in spans.items()) + "}"
    yield "tried = ["
    for each in sorted(tried, key=lambda one: -np.nan_to_num(one.score, nan=-1.0)):
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

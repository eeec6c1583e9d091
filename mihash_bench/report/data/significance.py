"""Paired randomisation tests over queries, which say whether one method is really better than another.

Three trials cannot reject anything: there are 8 ways to flip their signs, so p is at least 1/4. A thousand queries can.
Within a trial all methods answer the same queries over the same stream, so their AP is compared query by query
(Smucker, Allan and Carterette, CIKM 2007). Trials with splits of their own have different queries. The AP of a query is
then averaged over the trials in which it occurs, so that each query counts once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.report.data.bootstrap import intervals
from mihash_bench.report.data.randomisation import flips_for, holm, paired_p_values

Floats = NDArray[np.float64]
# The queries of one trial and the AP of each, NaN where it has none.
Answers = tuple[NDArray[np.int64], Floats]

LEVEL = 0.05
CONFIDENCE = 0.95
DIGITS = 12
ROUNDING = 1e-12  # differences of AP values that vary by less are taken for equal
COLUMNS = [
    "difference", "ci_low", "ci_high", "effect_size", "p_value", "p_adjusted", "queries", "pairs", "trials_agree",
    "trials_compared",
]  # fmt: skip


@dataclass(frozen=True)
class Series:
    """The queries and the AP of each, for every trial of one method, variant and trigger."""

    trials: Mapping[int, Answers]


@dataclass(frozen=True)
class Block:
    """The rows of one setting, dataset and code length. best: the position of the best row."""

    series: Sequence[Series]
    best: int


def compare(blocks: Iterable[Block]) -> list[dict[int, list[float]]]:
    """Return for each block the values of ``COLUMNS`` for each row that can be paired with the best, by its position.

    All blocks are tested together, because the same random signs and resamples serve all of them. Each block may be
    read when it is asked for: only the means over its trials are kept.
    """
    problems = [_problem(block) for block in blocks]
    p_values = _p_values(problems)
    sizes = _sizes([problem.towards_best() for problem in problems])
    return [_rows(problem, p, size) for problem, p, size in zip(problems, p_values, sizes, strict=True)]


@dataclass(frozen=True)
class _Problem:
    """The pairs of a block. Pair number i is the difference of the vectors at ``positions[i]``, of equal length.

    others: of the pairs with the best row, the number of the pair by the position of the other row. agreement: for each
    of these rows what ``trials_that_agree`` returns.
    """

    pairs: Sequence[tuple[int, int]]
    vectors: Sequence[Floats]
    positions: Sequence[tuple[int, int]]
    others: Mapping[int, int]
    agreement: Mapping[int, tuple[int, int]]

    def towards_best(self) -> dict[int, Floats]:
        """Return the differences of each row to the best one, for each query, by the position of the row."""
        return {other: self._difference(number, other) for other, number in self.others.items()}

    def _difference(self, number: int, other: int) -> Floats:
        first, second = self.positions[number]
        difference = self.vectors[first] - self.vectors[second]
        return difference if self.pairs[number][0] == other else -difference


def _problem(block: Block) -> _Problem:
    pairs, vectors, positions = _paired(block.series)
    others = {sum(pair) - block.best: number for number, pair in enumerate(pairs) if block.best in pair}
    agreement = {other: trials_that_agree(block.series[other], block.series[block.best]) for other in others}
    return _Problem(pairs, vectors, positions, others, agreement)


def _paired(series: Sequence[Series]) -> tuple[list[tuple[int, int]], list[Floats], list[tuple[int, int]]]:
    """Return the pairs, vectors and positions of ``_Problem``."""
    pairs = list(combinations(range(len(series)), 2))
    if (means := _means_by_query(series)) is not None:
        kept = pairs if means.shape[1] > 1 else []
        return kept, list(means), kept
    differences = {pair: paired_differences(series[pair[0]], series[pair[1]]) for pair in pairs}
    own = [(pair, values) for pair, values in differences.items() if values is not None and len(values) > 1]
    vectors = [vector for _, values in own for vector in (values, np.zeros(len(values)))]
    return [pair for pair, _ in own], vectors, [(2 * i, 2 * i + 1) for i in range(len(own))]


def _means_by_query(series: Sequence[Series]) -> Floats | None:
    """Return the AP of each query averaged over trials, shape (series, queries), without queries that have no AP.

    Returns None unless all series have the same trials, and in each trial the same queries and queries without AP.
    """
    trials = list(series[0].trials)
    if any(set(each.trials) != set(trials) for each in series):
        return None
    if not all(_same_queries([each.trials[trial] for each in series]) for trial in trials):
        return None
    return np.array([_mean_by_query([each.trials[trial] for trial in trials]) for each in series])


def _same_queries(answers: Sequence[Answers]) -> bool:
    """Return whether the queries, and those without AP, are the same in all answers."""
    queries, missing = answers[0][0], np.isnan(answers[0][1])
    return all(
        (q is queries or np.array_equal(q, queries)) and np.array_equal(np.isnan(values), missing)
        for q, values in answers
    )


def _mean_by_query(trials: Sequence[Answers]) -> Floats:
    """Return the mean of each query over the trials in which it has a value, in the order of first appearance."""
    if _have_the_same(trials):
        # The sum over rows adds one trial after another, as below.
        return np.asarray(np.add.reduce([values for _, values in trials], axis=0) / len(trials))
    return _with_queries(trials)[1]


def by_query(series: Series) -> Answers:
    """Return the queries that have a value in some trial, and the mean of each over the trials in which it has one."""
    return _with_queries(list(series.trials.values()))


def _with_queries(trials: Sequence[Answers]) -> Answers:
    queries, values = (np.concatenate(parts) for parts in zip(*trials, strict=True))
    known = ~np.isnan(values)
    number, unique = pd.factorize(queries[known])
    sums, counts = np.zeros(len(unique)), np.bincount(number, minlength=len(unique))
    np.add.at(sums, number, values[known])
    return np.asarray(unique), sums / counts


def _have_the_same(trials: Sequence[Answers]) -> bool:
    """Return whether each trial has a value for each query, the queries are the same in all, and none occurs twice."""
    queries = trials[0][0]
    same = all(each is queries or np.array_equal(each, queries) for each, _ in trials)
    return same and not any(np.isnan(values).any() for _, values in trials) and len(np.unique(queries)) == len(queries)


def _p_values(problems: Sequence[_Problem]) -> list[Floats]:
    """Return the p of each pair of each block. Pairs with as many queries and flips are tested together."""
    out = [np.empty(len(problem.pairs)) for problem in problems]

    def kind(where: tuple[int, int]) -> tuple[int, int]:
        problem = problems[where[0]]
        return len(problem.vectors[problem.positions[where[1]][0]]), flips_for(len(problem.pairs))

    every = [(block, number) for block, problem in enumerate(problems) for number in range(len(problem.pairs))]
    for (_, flips), members in groupby(sorted(every, key=kind), key=kind):
        places = list(members)
        vectors, pairs = _stacked(problems, places)
        for (block, number), p in zip(places, paired_p_values(vectors, pairs, flips), strict=True):
            out[block][number] = p
    return out


def _stacked(problems: Sequence[_Problem], places: Sequence[tuple[int, int]]) -> tuple[Floats, NDArray[np.int64]]:
    rows: dict[tuple[int, int], int] = {}
    pairs = [
        [rows.setdefault((block, position), len(rows)) for position in problems[block].positions[number]]
        for block, number in places
    ]
    return np.array([problems[block].vectors[position] for block, position in rows]), np.array(pairs)


def _rows(problem: _Problem, p_values: Floats, sizes: Mapping[int, list[float]]) -> dict[int, list[float]]:
    adjusted = holm(p_values)
    out = {}
    for other, number in problem.others.items():
        *size, queries = sizes[other]
        tested = (p_values[number], adjusted[number], queries, len(problem.pairs))
        out[other] = [*size, *tested, *problem.agreement[other]]
    return out


def paired_differences(a: Series, b: Series) -> Floats | None:
    """Return a - b for each query, averaged over the common trials that have it; queries without AP are left out.

    Returns None if the two have no trial in common or did not answer the same queries in each of them.
    """
    common = sorted(set(a.trials) & set(b.trials))
    if not common or any(not np.array_equal(a.trials[t][0], b.trials[t][0]) for t in common):
        return None
    return _mean_by_query([(a.trials[t][0], a.trials[t][1] - b.trials[t][1]) for t in common])


def trials_that_agree(a: Series, b: Series) -> tuple[int, int]:
    """Return the number of common trials in which the mean of a - b has its overall sign, and that of all of them."""
    common = sorted(set(a.trials) & set(b.trials))
    means = np.array([_mean(a.trials[t][1] - b.trials[t][1]) for t in common])
    return int((np.sign(means) == np.sign(means.mean())).sum()), len(common)


def _mean(values: Floats) -> float:
    """Return the mean of the values that are known, as ``np.nanmean`` does, which takes longer for few values."""
    known = ~np.isnan(values)
    return float(values.mean() if known.all() else np.nanmean(values))


def _sizes(differences: Sequence[Mapping[int, Floats]]) -> list[dict[int, list[float]]]:
    """Return mean, bounds of the confidence interval, effect size and number of queries of each vector."""
    out: list[dict[int, list[float]]] = [{} for _ in differences]
    every = [(len(values), block, place) for block, each in enumerate(differences) for place, values in each.items()]
    for length, members in groupby(sorted(every), key=lambda member: member[0]):
        places = [member[1:] for member in members]
        vectors = np.array([differences[block][place] for block, place in places])
        for (block, place), size in zip(places, _size(vectors), strict=True):
            out[block][place] = [*size, length]
    return out


def _size(differences: Floats) -> Floats:
    """Return mean, bounds of the confidence interval, and effect size of each vector, shape (k, 4)."""
    means, sds = differences.mean(axis=1), differences.std(axis=1, ddof=1)
    spread = sds > ROUNDING
    effect = np.where(means == 0, 0.0, np.copysign(np.inf, means))
    out = np.column_stack([means, means, means, effect])
    if spread.any():
        out[spread, 1:3] = intervals(differences[spread], CONFIDENCE)
        out[spread, 3] = means[spread] / sds[spread]
    # The last digits depend on which vectors are multiplied together.
    return np.round(out, DIGITS)

"""The protocol of OASIS and IPOH: classes arrive in rounds."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from mihash_bench.datasets.base import Dataset
from mihash_bench.errors import InputError
from mihash_bench.experiment.split import Positions, Split
from mihash_bench.parameters import Constraint, Flag, Integer
from mihash_bench.protocols._classes import label_counts
from mihash_bench.protocols._groups import EQUAL, GroupsText, places_of
from mihash_bench.protocols.base import DataProtocol, Schedule
from mihash_bench.stream.plan import Round

# One row of so many of a round is a query.
ROWS_A_QUERY = 10


class ClassIncremental(DataProtocol):
    """Classes, sorted by falling frequency, arrive in groups; the queries of a round search all rounds so far.

    Round l has the rows whose labels all lie in the first l groups and that no earlier round had. A random tenth of
    them (rounded down) are its queries. The others are learned and then enter the hash table. After round l, its own
    queries search the rows of the rounds 1 to l. The queries of all rounds so far are asked as well, to see what is
    forgotten: columns whose names end in ``so far``. Equally frequent classes are in the order of their labels. Rows
    without a label, or with a label in no group, are left out.

    Of each round, a whole number of table decisions is learned; up to ``--update-interval`` - 1 rows enter the table
    without having been learned from. ``--examples`` must be the end of a round.

    Parameters
    ----------
    rounds : number of rounds, with as equal numbers of classes as possible; unused if there are groups.
    groups : places of the classes of each round, such as ``1|2-4|5+7``, where 1 is the most frequent class; or equal.
    disjoint : whether a round has only rows whose labels all lie in its own group.
    """

    name: ClassVar[str] = "class-incremental"
    title: ClassVar[str] = "classes arrive in rounds, and the queries of a round search all rows so far"
    needs_labels: ClassVar[bool] = True
    grows: ClassVar[bool] = True
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "rounds": Integer(1), "groups": GroupsText(), "disjoint": Flag(),
    }  # fmt: skip

    def __init__(self, *, rounds: int = 5, groups: str = EQUAL, disjoint: bool = False) -> None:
        self.rounds = rounds
        self.groups = groups
        self.disjoint = disjoint

    def split(self, dataset: Dataset, random: np.random.Generator) -> Split:
        """Draw the queries of each round."""
        numbers, count = self._round_of_rows(dataset), self._n_groups
        queries = []
        for number in range(count):
            rows = np.flatnonzero(numbers == number)
            if len(rows) < ROWS_A_QUERY:
                reason = f"whose round {number + 1} has {len(rows)} rows (allowed: at least {ROWS_A_QUERY})"
                raise self.error(dataset, reason)
            queries.append(random.choice(rows, len(rows) // ROWS_A_QUERY, replace=False))
        asked = np.concatenate(queries)
        is_searched = numbers >= 0
        is_searched[asked] = False
        database = random.permutation(np.flatnonzero(is_searched))
        return Split(asked, database, database_round=numbers[database], query_round=numbers[asked])

    @property
    def _n_groups(self) -> int:
        return self.rounds if self.groups == EQUAL else len(places_of(self.groups))

    def _round_of_rows(self, dataset: Dataset) -> Positions:
        """Return the round of each row from 0, and -1 for rows that are left out."""
        group, labels = self._group_of_labels(dataset), dataset.labels
        assert labels is not None
        if labels.ndim == 1:
            return group[np.searchsorted(label_counts(dataset)[0], labels)]
        # A column without rows is in no group.
        of_columns = np.full(labels.shape[1], -1)
        of_columns[label_counts(dataset)[0]] = group
        has = np.asarray(labels) > 0
        latest = np.where(has, of_columns, -1).max(axis=1)
        # A label in no group is earlier than all others.
        earliest = np.where(has, of_columns, self._n_groups).min(axis=1)
        fits = (earliest == latest) if self.disjoint else (earliest >= 0)
        return np.where(fits, latest, -1)

    def _group_of_labels(self, dataset: Dataset) -> Positions:
        """Return the group of each label that occurs, from 0, and -1 for a label in no group."""
        labels, counts = label_counts(dataset)
        if self.groups == EQUAL:
            places = [part + 1 for part in np.array_split(np.arange(len(labels)), self.rounds)]
        else:
            places = [np.array(each) for each in places_of(self.groups)]
        if min(map(len, places)) == 0 or max(map(max, places)) > len(labels):
            raise self.error(
                dataset, f"which has {len(labels)} classes (allowed: class-incremental.rounds and groups with no more)"
            )
        falling, group = np.argsort(-counts, kind="stable"), np.full(len(labels), -1)
        for number, each in enumerate(places):
            group[falling[each - 1]] = number
        return group

    def longest(self, dataset: Dataset, split: Split, interval: int) -> int:
        """Return the number of rows that are learned in all rounds."""
        assert split.database_round is not None
        sizes = np.bincount(split.database_round)
        if sizes.min() < interval:
            raise InputError(
                f"--update-interval: {interval} (allowed for {dataset.name} under --protocol {self.name}: at most "
                f"{sizes.min()}, the smallest round)"
            )
        return int((sizes // interval * interval).sum())

    def schedule(self, split: Split, examples: int, interval: int, random: np.random.Generator) -> Schedule:
        """Return the rounds, each with its rows in random order."""
        assert split.database_round is not None
        assert split.query_round is not None
        order: list[Positions] = []
        rounds: list[Round] = []
        for number in range(self._n_groups):
            rows = random.permutation(np.flatnonzero(split.database_round == number))
            order.append(rows[: len(rows) // interval * interval])
            own, earlier = (np.flatnonzero(test) for test in (split.query_round == number, split.query_round <= number))
            rounds.append(Round(sum(map(len, order)), np.sort(rows), own, earlier))
        stops = [each.stop for each in rounds]
        if examples not in stops:
            raise InputError(f"--examples: {examples} (allowed: the ends of rounds, {', '.join(map(str, stops))})")
        return Schedule(np.concatenate(order)[:examples], tuple(rounds[: stops.index(examples) + 1]))

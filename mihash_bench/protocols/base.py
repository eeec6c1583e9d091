"""The contract of a protocol: which rows are learned from, which are searched, and when they enter the hash table."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import Dataset
from mihash_bench.errors import InputError
from mihash_bench.experiment.split import Split
from mihash_bench.parameters import Constraint, Parametrised, check, defaults
from mihash_bench.policies.base import TablePolicy
from mihash_bench.stream.order import draw_order
from mihash_bench.stream.plan import Round

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Schedule:
    """The order of the stream, as positions of ``Split.learned``, and the rounds in which the hash table grows."""

    order: Positions
    rounds: tuple[Round, ...] = ()


class DataProtocol(Parametrised, ABC):
    """Base class of protocols.

    A subclass stores its keyword parameters unchanged in ``__init__``, lists their constraints in ``constraints``, and
    implements ``split``. If rows enter the hash table bit by bit, it also sets ``grows`` and implements ``longest`` and
    ``schedule``.

    Attributes
    ----------
    name : the name on the command line.
    title : a short description, which `run` and captions show.
    version : raised when results change.
    constraints : allowed values of each parameter. The section "Parameters" of the docstring says what they mean.
    citation : where the protocol was published; see ``about.citations``.
    added_parameters : the defaults of all parameters; a run's key leaves a parameter out while it has its default, so
        that another default needs another version.
    needs_labels : whether rows must have labels.
    draws_queries : whether it draws queries itself, also on a dataset whose queries are given.
    split_by_trial : whether each trial has a split of its own, whatever ``--split`` says.
    streams_the_table : whether rows of the hash table are learned from.
    grows : whether rows enter the hash table in rounds.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    citation: ClassVar[str] = ""
    version: ClassVar[int] = 1
    constraints: ClassVar[Mapping[str, Constraint]] = {}
    added_parameters: ClassVar[Mapping[str, Any]] = {}
    needs_labels: ClassVar[bool] = False
    draws_queries: ClassVar[bool] = True
    split_by_trial: ClassVar[bool] = False
    streams_the_table: ClassVar[bool] = True
    grows: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.added_parameters = defaults(cls)

    def check(self) -> None:
        """Raise InputError if a parameter has a value that is not allowed."""
        check(self.name, self.constraints, self.get_params())

    @classmethod
    def refusal(cls, policy: type[TablePolicy]) -> str:
        """Return why a table policy is not possible under this protocol, or "" if it is."""
        if policy.needs_growing_table and not cls.grows:
            return "whose hash table does not grow, so that no row would ever be coded by a learned function"
        if policy.keeps_learned_codes and not cls.streams_the_table:
            return "whose hash table has no rows that are learned from"
        return ""

    def error(self, dataset: Dataset, reason: str) -> InputError:
        """Return the error for a dataset that does not fit; ``reason`` ends with what is allowed."""
        return InputError(f"--protocol: {self.name} is not possible on {dataset.name}, {reason}")

    @abstractmethod
    def split(self, dataset: Dataset, random: np.random.Generator) -> Split:
        """Return queries, database and, if they are others, the rows that may be learned from.

        Raises InputError, naming ``--protocol``, if the dataset has too few rows or classes.
        """

    def longest(self, dataset: Dataset, split: Split, interval: int) -> int:
        """Return the greatest length of the stream that is possible in every trial, for one pass through its rows.

        interval: number of examples between table decisions. Raises InputError, naming the option, if there is none.
        """
        return len(split.learned)

    def schedule(self, split: Split, examples: int, interval: int, random: np.random.Generator) -> Schedule:
        """Return the order of a stream of this length, and its rounds.

        The end of a round must be a multiple of ``interval``, at which the table may be updated. Raises InputError,
        naming the option, if that is not possible.
        """
        return Schedule(draw_order(len(split.learned), examples, random))

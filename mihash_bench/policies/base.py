"""The contract of a table policy: which rows of the hash table an update recodes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words
from mihash_bench.encoders import Encoder
from mihash_bench.methods.base import Database, OnlineHasher
from mihash_bench.parameters import Constraint, Parametrised, check, defaults

Positions = NDArray[np.int64]
Relevant = Callable[[int, int], NDArray[np.bool_]]


@dataclass(frozen=True)
class TableState:
    """The hash table just before an update.

    words: its packed codes in database order, shape (n, words). encoder: the hash functions of the update before, with
    which the rows that it recoded were coded. rows: the features of the table, shape (n, d). positions: the database
    position of each row of the table, ascending; all positions unless the table grows. streamed: the positions of the
    examples so far, in the order of the stream, and stream: the features to which they refer, those of the database
    unless the stream is not a part of it.
    """

    words: Words
    encoder: Encoder
    rows: Database
    positions: Positions
    streamed: Positions
    stream: Database


class TablePolicy(Parametrised, ABC):
    """Base class of table policies.

    The trigger says when the hash table is updated, the policy says which of its rows are then recoded with the new
    hash functions; all others keep their codes. A subclass stores its keyword parameters unchanged in ``__init__``,
    lists their constraints in ``constraints``, and implements ``recoded``.

    Attributes
    ----------
    name : the name on the command line.
    title : a short description, which `run` shows.
    remark : what tables and figures say about runs under the policy; empty if there is nothing to say.
    version : raised when results change.
    constraints : allowed values of each parameter. The section "Parameters" of the docstring says what they mean.
    citation : where the policy was published; see ``about.citations``.
    added_parameters : the defaults of all parameters; a run's key leaves a parameter out while it has its default, so
        that another default needs another version.
    keeps_learned_codes : whether the table contains the codes that the method has learned for the examples, in place
        of codes of their features. Such codes come from labels. Queries are then coded by the newest hash functions.
    needs_growing_table : whether it has a meaning only if rows enter the table during the run.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    remark: ClassVar[str] = ""
    citation: ClassVar[str] = ""
    version: ClassVar[int] = 1
    constraints: ClassVar[Mapping[str, Constraint]] = {}
    added_parameters: ClassVar[Mapping[str, Any]] = {}
    keeps_learned_codes: ClassVar[bool] = False
    needs_growing_table: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.added_parameters = defaults(cls)

    @classmethod
    def refusal(cls, method: type[OnlineHasher]) -> str:
        """Return why runs of a method cannot have this policy, or "" if they can."""
        if cls.keeps_learned_codes and not method.learns_codes:
            return f"{method.name} gives no learned codes of its examples"
        return ""

    def check(self) -> None:
        """Raise InputError if a parameter has a value that is not allowed."""
        check(self.name, self.constraints, self.get_params())

    def start(self, n_database: int, random: np.random.Generator) -> None:
        """Begin a run. n_database: number of rows of the whole database. random: the random numbers of the policy."""

    def offer(self, positions: Positions) -> None:
        """See the positions of a block of the stream, which the method has learned from; see ``TableState.stream``."""

    def learned(self, positions: Positions) -> None:
        """See which rows of the database have learned codes from now on. Only if ``keeps_learned_codes``."""

    def final_values(self, table: TableState, queries: Words, relevant: Relevant) -> dict[str, float]:
        """Return further values at the end of a run, which become attributes of its file.

        queries: packed codes of the queries, shape (m, words). relevant: gives the relevance of the table's rows to the
        queries start to stop - 1, shape (stop - start, n).
        """
        return {}

    @abstractmethod
    def recoded(self, table: TableState) -> Positions:
        """Return which of the table's n rows an update recodes, as numbers from 0, ascending and without repeats."""

"""Options of a sweep as data. The command line, TOML files, the Python functions and the docs are derived from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Self

from mihash_bench.errors import InputError, shown, unknown
from mihash_bench.parameters import MAX_BITS, Choice, Constraint, Integer

# Python prints integers of at most 4,300 digits by default.
MOST_INTEGER_BITS = 14_000


@dataclass(frozen=True)
class Text:
    """Any text that is not empty. what: the meaning of the text, for messages."""

    what: str

    def parse(self, text: str) -> str:
        """Return the text without surrounding spaces."""
        return text.strip()

    def allows(self, value: Any) -> bool:
        """Return whether the value is a nonempty text."""
        return isinstance(value, str) and value != ""

    def __str__(self) -> str:
        """Return the meaning of the text."""
        return self.what


class MetricText(Text):
    """The text of a metric, in the form in which the metric prints itself."""

    def parse(self, text: str) -> str:
        """Return the canonical text. Raises InputError, naming ``--metric``, if it is not a metric."""
        # Imported late so that listing options does not load NumPy.
        from mihash_bench.metrics.base import parse_metric

        return str(parse_metric(text))


@dataclass(frozen=True)
class Option:
    """One option.

    kind: the allowed values. help: one sentence. many: whether it accepts several values. swept: whether each value has
    its own runs. separator: the character between several values in one text, or "" if a text is a single value.
    default_is: a description of the default that the help shows instead of its value.
    """

    kind: Constraint
    help: str
    many: bool = False
    swept: bool = False
    separator: str = ","
    default_is: str = ""

    def read(self, given: Any, where: str) -> Any:
        """Convert a text, a number or a list of them to the option's value.

        Raises InputError, beginning with ``where``, if a value is not allowed.
        """
        given = _plain(given)
        if not self.many:
            # A list of one is what a TOML file may have.
            return self._single(given[0] if isinstance(given, list) and len(given) == 1 else given, where)
        parts = [part for item in _listed(given) for part in self._split(item)]
        if all(part == "" for part in parts):
            raise InputError(f"{where}: at least one value is needed (allowed: {self.kind})")
        if "" in parts:
            raise InputError(f"{where}: {shown(given)} has an empty entry (allowed: {self.kind})")
        return tuple(dict.fromkeys(self._single(part, where) for part in parts))

    def _split(self, item: Any) -> list[Any]:
        if not isinstance(item, str) or not self.separator:
            return [item]
        return [part.strip() for part in item.split(self.separator)]

    def _single(self, given: Any, where: str) -> Any:
        try:
            value = self.kind.parse(given) if isinstance(given, str) else given
        except InputError:
            raise
        except ValueError:
            value = given
        if not self.kind.allows(value) or _is_unprintable(value):
            raise InputError(f"{where}: {shown(value)} is not allowed (allowed: {self.kind})")
        return value


def _is_unprintable(value: Any) -> bool:
    """Return whether an integer has so many digits that Python refuses to print it, such as 0xfff... in TOML."""
    return isinstance(value, int) and value.bit_length() > MOST_INTEGER_BITS


def _plain(given: Any) -> Any:
    """Return Python numbers and lists for those of NumPy and pandas, and a list for a range."""
    if isinstance(given, range):
        return list(given)
    if isinstance(given, list | tuple):
        return [_plain(each) for each in given]
    return given.tolist() if hasattr(given, "tolist") else given


def _listed(given: Any) -> Sequence[Any]:
    return given if isinstance(given, list | tuple) else [given]


def option(
    default: Any,
    kind: Constraint,
    help: str,
    *,
    many: bool = False,
    swept: bool = False,
    separator: str = ",",
    default_is: str = "",
) -> Any:
    """Declare one field of an ``Options`` dataclass; the arguments are those of ``Option``."""
    declared = Option(kind, help, many, swept, separator, default_is)
    return field(default=default, metadata={"option": declared})


def flag(name: str) -> str:
    """Return the command-line form of an option's name: ``--update-interval`` for ``update_interval``."""
    return f"--{name.replace('_', '-')}"


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a sweep that all settings share.

    A setting derives its own dataclass from this one. ``must_agree`` names the options that must have equal values in
    two runs for the runs to be comparable.
    """

    must_agree: ClassVar[tuple[str, ...]] = ("checkpoints", "seed", "split")

    dataset: tuple[str, ...] = option(("sample",), Text("the name of a dataset"), "Datasets.", many=True)
    method: tuple[str, ...] = option((), Text("the name of a method"), "Methods.", many=True)
    bits: tuple[int, ...] = option((32,), Integer(1, MAX_BITS), "Code lengths.", many=True, swept=True)
    trials: int = option(3, Integer(1), "Number of trials, each with its own stream or training points.")
    trial: tuple[int, ...] = option(
        (), Integer(0), "Only these trials, by their numbers from 0, instead of the first --trials.", many=True,
        default_is="the first --trials",
    )  # fmt: skip
    checkpoints: int = option(
        50, Integer(1),
        "Maximum number of checkpoints per run, at which metrics are computed. A checkpoint is at a table decision, or "
        "after an epoch.",
    )  # fmt: skip
    metric: tuple[str, ...] = option(
        ("mAP",), MetricText("a metric"), "Metrics, such as mAP,mAP[ties=index],mAP@1000,P@r2.", many=True
    )
    seed: int = option(0, Integer(0), "Random seed.")
    split: str = option(
        "fixed", Choice(("fixed", "trial")),
        "Split into queries and database. fixed: all trials share one. trial: each trial draws its own, so that the "
        "spread over trials contains that over splits.",
    )  # fmt: skip
    threads: int = option(1, Integer(1), "Number of threads per run.")
    plugin: tuple[str, ...] = option(
        (), Text("a Python file, or MODULE:CLASS"),
        "Python file with methods, datasets or metrics of your own, or MODULE:CLASS; may be repeated.", many=True,
        separator="", default_is="none",
    )  # fmt: skip
    set: tuple[str, ...] = option(
        (), Text("NAME.PARAMETER=VALUE,..."),
        "Parameter of a method, dataset, backbone, table policy or protocol; may be repeated.", many=True, separator="",
        default_is="none",
    )  # fmt: skip

    @classmethod
    def declared(cls) -> dict[str, Option]:
        """Return the options by name, in the order of the dataclass."""
        return {each.name: each.metadata["option"] for each in fields(cls)}

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Return the default values by name."""
        return dict(_defaults(cls))  # type: ignore[arg-type]

    @classmethod
    def default_text(cls, name: str) -> str:
        """Return an option's default as help and docs say it."""
        declared, value = cls.declared()[name], cls.defaults()[name]
        if declared.default_is:
            return declared.default_is
        if declared.many:
            return ",".join(map(str, value))
        return f"{value:g}" if isinstance(value, float) else str(value)

    @classmethod
    def of(cls, given: Mapping[str, Any], where: Callable[[str], str] = flag) -> Self:
        """Return the options with the given values: texts, numbers or lists of them; None for the default.

        where: returns the name of an option in error messages. Raises InputError for unknown options and for values
        that are not allowed.
        """
        known = cls.declared()
        for name in given:
            if name not in known:
                raise unknown("option", name, known)
        values = {name: value for name, value in given.items() if value is not None}
        return cls(**{name: known[name].read(value, where(name)) for name, value in values.items()})

    @property
    def trial_numbers(self) -> Sequence[int]:
        """The numbers of the trials."""
        return self.trial or range(self.trials)

    @property
    def combinations(self) -> int:
        """The number of combinations of swept values and trials."""
        count = len(self.trial_numbers)
        for name, declared in self.declared().items():
            count *= len(getattr(self, name)) if declared.swept else 1
        return count


@cache
def _defaults(options: type[Options]) -> tuple[tuple[str, Any], ...]:
    return tuple((each.name, each.default) for each in fields(options))

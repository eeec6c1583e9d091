"""Options and config of the online setting. An option reaches a run only through ``plan`` in ``_online_plan.py``."""

from dataclasses import dataclass

from mihash_bench.experiment.config import Config, Parameters, added
from mihash_bench.experiment.options import Options, Text, option
from mihash_bench.parameters import Choice, Integer, Real

# The methods of the paper's poster.
POSTER_METHODS = ("mihash", "okh", "adapthash", "sketchhash", "osh")


@dataclass(frozen=True, kw_only=True)
class OnlineOptions(Options):
    """The options of the online setting. examples: None for the default of each dataset."""

    must_agree = (
        "examples", "checkpoints", "reservoir", "update_interval", "threshold", "seed", "split", "permute_labels",
        "policy", "protocol",
    )  # fmt: skip

    method: tuple[str, ...] = option(POSTER_METHODS, Text("the name of a method"), "Methods.", many=True)
    trigger: tuple[str, ...] = option(
        ("on", "off"), Choice(("on", "off")),
        "on: rebuild the table when mutual information has grown (Trigger Update). off: rebuild it at every decision.",
        many=True, swept=True,
    )  # fmt: skip
    policy: tuple[str, ...] = option(
        ("full",), Text("the name of a table policy"),
        "What an update recodes. full: the whole table. pool: the rows near to a sample of the stream. learned: all "
        "rows but those of the stream, which have codes that were learned from their labels. once: no row, in a table "
        "that grows.",
        many=True, swept=True,
    )  # fmt: skip
    protocol: tuple[str, ...] = option(
        ("standard",), Text("the name of a protocol"),
        "Which rows are learned from and searched, and when they enter the table. standard: the whole database from "
        "the start. unseen: classes that are never in the stream. growing: the database arrives in chunks. "
        "class-incremental: classes arrive in rounds.",
        many=True, swept=True,
    )  # fmt: skip
    examples: int | None = option(
        None, Integer(1), "Length of the stream in examples.", default_is="that of the dataset"
    )
    epochs: int = option(1, Integer(1), "Maximum number of passes through the database, which limits --examples.")
    reservoir: int = option(200, Integer(0), "Size of the reservoir.")
    update_interval: int = option(100, Integer(1), "Number of examples between table decisions.")
    threshold: float = option(
        0.0, Real(0), "Gain in mutual information, in bits, above which the trigger rebuilds the table."
    )
    search: tuple[str, ...] = option(
        (), Text("the name of a search engine"),
        "Search engines in which the hash table is searched at each checkpoint, such as faiss-hash (extra search). No "
        "part of the run key.",
        many=True, default_is="none",
    )  # fmt: skip
    permute_labels: str = option(
        "none", Choice(("none", "all", "stream")),
        "Control: permute the labels of all rows, so that no method can be better than chance, or only the labels that "
        "methods learn from.",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OnlineConfig(Config):
    """Every value that changes the result of one run of the online setting.

    trigger is "on" or "off". Values that a method does not use, such as the reservoir size of a method without
    reservoir, are still part of the config, so that all runs of a sweep have the same protocol. policy_parameters:
    those that differ from the defaults of the table policy; likewise protocol_parameters. search: the names of the
    engines that are measured at checkpoints.
    """

    trigger: str
    examples: int
    reservoir: int
    update_interval: int
    threshold: float
    permute_labels: str = added("none")
    policy: str = added("full")
    policy_parameters: Parameters = added(())  # noqa: RUF009 - a field with metadata
    protocol: str = added("standard")
    protocol_parameters: Parameters = added(())  # noqa: RUF009 - a field with metadata
    search: tuple[str, ...] = added(())

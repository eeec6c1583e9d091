"""The online setting: methods learn from a stream, and a table policy decides when the hash table is rebuilt."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar

from mihash_bench.errors import InputError
from mihash_bench.registry import ENGINES, METHODS, POLICIES, PROTOCOLS
from mihash_bench.settings._cost import learning_cost
from mihash_bench.settings._online_options import OnlineConfig, OnlineOptions
from mihash_bench.settings.base import Axis, Planned, Setting, Tuning, Variant, Wording, changed_defaults

if TYPE_CHECKING:
    from mihash_bench.datasets.base import Dataset, DatasetSource, Shape
    from mihash_bench.experiment.keeping import Keeper
    from mihash_bench.experiment.result import Observer, RunResult
    from mihash_bench.experiment.retrieval import Retrieval
    from mihash_bench.settings._online_data import RunData

# How seconds were measured, for captions.
CODING = (
    "Seconds of coding the table, summed over its updates: the time of coding all rows and queries of one table alone, "
    "measured in the run, times the number of updates and, of a table that grows, the share of these rows that it has."
)
CODING_OF_POLICIES = "Seconds of coding rows of the table, measured at each of its updates, without the queries."
REBUILDING = (
    "Seconds of rebuilding the index, summed over the updates of the table: the processor time of one build, measured "
    "at each checkpoint, times the updates since the checkpoint before."
)


class Online(Setting):
    """Online hashing on a stream, with Trigger Update on or off."""

    name = "online"
    title = "streams, with Trigger Update on or off"
    options = OnlineOptions
    config: ClassVar[type[OnlineConfig]] = OnlineConfig
    methods = METHODS
    wording = Wording(final="at the end of the stream", checkpoints="table decisions")
    axes = (
        Axis("examples", "Examples seen"),
        Axis("train_s", "Training time (s)", numbers="plain"),
        Axis("bit_recomputations", "Bit recomputations", decades=True),
        Axis("table_s", "Coding the table (s)", numbers="plain"),
        Axis("rebuild_s", "Rebuilding the index (s)", numbers="plain", by_engine=True),
        Axis("updates", "Hash table updates", numbers="plain", usual=False),
    )
    final = ("W",)
    series = ("trigger",)
    costs = ("updates", "bit_recomputations", "train_s")
    table_seconds = "cost of coding the table alone, measured for one of up to 16 tables, x updates"
    tuning = Tuning(
        tried_in="tuning-online",
        title="Streams of {dataset} with {features:,} features: parameters chosen on a held-out part of the stream",
        bits=(32,),
        options=("examples", "reservoir", "update_interval"),
        values={"checkpoints": 1, "trigger": "off"},
    )

    def check(self, options: OnlineOptions, methods: Sequence[Any]) -> None:
        """Raise InputError if the reservoir is empty but needed, or if a policy and a protocol exclude each other."""
        super().check(options, methods)
        check_engines(options.search)
        for protocol, policy in product(options.protocol, options.policy):
            if reason := PROTOCOLS.get(protocol).refusal(POLICIES.get(policy)):
                raise InputError(
                    f"--policy: {policy} is not possible with --protocol {protocol}, {reason} (allowed: another policy)"
                )
        if options.reservoir == 0 and "on" in options.trigger:
            raise InputError(
                "--reservoir: 0 is not possible with --trigger on, which needs a reservoir (allowed: at least 1)"
            )
        for method in methods:
            if method.uses_reservoir and options.reservoir == 0:
                raise InputError(
                    f"--reservoir: 0 is not possible with {method.name}, which needs a reservoir (allowed: at least 1)"
                )

    def notes(self, options: OnlineOptions) -> list[str]:
        """Say where the stream ends if its length is not a multiple of the update interval, and what policies do."""
        policies = [f"Policy {name}: {POLICIES.get(name).title}." for name in options.policy if name != "full"]
        protocols = [name for name in options.protocol if name != "standard"]
        policies += [f"Protocol {name}: {PROTOCOLS.get(name).title}." for name in protocols]
        if options.examples is None or options.examples % options.update_interval == 0:
            return policies
        whole = options.examples // options.update_interval * options.update_interval
        return [f"The stream ends after {whole} examples, at its last table decision.", *policies]

    def plan(
        self, options: OnlineOptions, source: "DatasetSource", dataset: "Dataset", variants: Sequence[Variant]
    ) -> Iterator[Planned]:
        """Yield a run for each variant of a method, code length, trigger and trial."""
        from mihash_bench.settings._online_plan import plan

        yield from plan(self, options, source, dataset, variants)

    def run(self, config: OnlineConfig, dataset: "Dataset", observer: "Observer", keeper: "Keeper") -> "RunResult":
        """Stream one trial to the method."""
        from mihash_bench.settings._online_run import run_on

        return run_on(config, *self.data(config, dataset), observer, keeper)

    def data(self, config: OnlineConfig, dataset: "Dataset") -> "tuple[Dataset, RunData]":
        """Return the rows as a run sees them, and what it learns from and is evaluated with."""
        from mihash_bench.settings._online_data import data_of

        return dataset, data_of(config, dataset)

    def tables(self, config: OnlineConfig) -> int:
        """Return one table for each checkpoint; half as many with the trigger, which keeps tables unchanged."""
        most = min(config.checkpoints, config.examples // config.update_interval + 1)
        return most if config.trigger == "off" else most // 2 + 1

    def learning_cost(self, config: OnlineConfig, shape: "Shape") -> int:
        """Return the cost of learning from the stream."""
        return learning_cost(METHODS.get(config.method), config.examples, shape.columns, config.bits)

    def retrieval(self, config: OnlineConfig, dataset: "Dataset") -> "Retrieval":
        """Return the queries, the database and the features with which a run is evaluated at its end."""
        return self.data(config, dataset)[1].at_the_end

    def views(self, config: OnlineConfig, dataset: "Dataset") -> "list[tuple[int | None, Retrieval]]":
        """Return what is searched, at each checkpoint if the table grows."""
        return self.data(config, dataset)[1].views

    def view_facts(self, config: OnlineConfig) -> dict[str, Any]:
        """Return the values of a config on which ``views`` depends."""
        protocol = {name: getattr(config, name) for name in ("protocol", "protocol_parameters", "permute_labels")}
        facts = {**super().view_facts(config), **protocol}
        if PROTOCOLS.get(config.protocol).grows:
            return facts | {name: getattr(config, name) for name in ("examples", "update_interval", "checkpoints")}
        if config.split != "trial" and config.permute_labels == "none":
            del facts["trial"]
        return facts

    def check_split(self, options: OnlineOptions, dataset: "Dataset") -> None:
        """Raise InputError, naming ``--split``, if trials cannot have splits of their own."""
        if not all(PROTOCOLS.get(name).draws_queries for name in options.protocol):
            super().check_split(options, dataset)

    def ending_fault(self, curve: Mapping[str, Any], final: Mapping[str, Any], config: OnlineConfig) -> str:
        """Check that the curve ends with the last example of the stream."""
        reached = curve["examples"][-1] == config.examples
        return "" if reached else f"its curve does not end at {config.examples} examples"

    def label(self, about: Mapping[str, Any]) -> str:
        """Return the trigger."""
        return f"trigger {about['trigger']}"

    def published_as(self, dataset: str) -> tuple[str, str] | None:
        """Return the dataset if its stream is the default one or the published one of 2,000 examples."""
        name, _, changed = dataset.partition(" (")
        return ("online", name) if changed in ("", "examples=2000)") else None

    def how_measured(self, column: str, dataset: str) -> str:
        """Return how the seconds of coding the table, or of rebuilding an index, were measured."""
        has_policy = any(text.startswith("policy=") for text in changed_defaults(dataset))
        coding = CODING_OF_POLICIES if has_policy else CODING
        return {"table_s": coding, "rebuild_s": REBUILDING}.get(column, "")

    def remarks(self, dataset: str) -> list[str]:
        """Return the remark of the table policy, if it has one."""
        names = [text.removeprefix("policy=") for text in changed_defaults(dataset) if text.startswith("policy=")]
        return [f"Policy {name}: {remark}" for name in names if (remark := _remark(name))]


def check_engines(names: Sequence[str]) -> None:
    """Raise InputError, naming ``--search``, for an unknown engine, or one whose software is missing."""
    for name in names:
        try:
            ENGINES.get(name)().check_installed()
        except InputError as error:
            raise InputError(str(error).replace(ENGINES.option, "--search", 1)) from None


def _remark(policy: str) -> str:
    with suppress(InputError):  # a policy that is not installed here
        return str(POLICIES.get(policy).remark)
    return ""

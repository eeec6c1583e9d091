"""Planning the runs of the online setting."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import product
from typing import Any

from mihash_bench.datasets.base import Dataset, DatasetSource
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import canonical, changed
from mihash_bench.experiment.parameter_grid import ParameterGrid
from mihash_bench.experiment.split import Split
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.parameters import defaults
from mihash_bench.protocols.base import DataProtocol, Schedule
from mihash_bench.registry import POLICIES, PROTOCOLS, Registry
from mihash_bench.settings._check_metrics import check_metrics
from mihash_bench.settings._online_data import STANDARD, draw_split_of, stream_random
from mihash_bench.settings._online_options import OnlineOptions
from mihash_bench.settings.base import Planned, Setting, Variant

# A class with its parameters.
Owned = tuple[Any, dict[str, Any]]


def plan(
    setting: Setting,
    options: OnlineOptions,
    source: DatasetSource,
    dataset: Dataset,
    variants: Sequence[Variant],
    held_out: int = 0,
) -> Iterator[Planned]:
    """Yield the runs on one dataset; see ``Setting.plan``. held_out: the number of rows that are held out, if any."""
    if options.permute_labels != "none" and dataset.labels is None:
        raise InputError(
            f"--permute-labels: {options.permute_labels} (allowed for {source.name}: none, it has no labels)"
        )
    withheld = {"held_out": held_out} if held_out else {}
    for owned in _owned(options, options.protocol, PROTOCOLS):
        data = _Data(owned[0](**owned[1]), options, source, dataset, held_out)
        swept = product(variants, options.bits, options.trigger, _owned(options, options.policy, POLICIES))
        for (method, parameters), bits, trigger, policy in swept:
            data.check_method(method(bits, **parameters))
            unlabelled = method.needs_labels and dataset.labels is None
            skip = f"{method.name} needs labels, {source.name} has none" if unlabelled else policy[0].refusal(method)
            for trial in options.trial_numbers:
                own = _own_values(options, trigger, data.examples, policy, owned) | withheld
                config = setting.config_of(data.options, source, (method, parameters), bits, trial, **own)
                yield Planned(config, setting.protocol(config, examples=data.usual), skip, data.sizes(trial))


def length_of_stream(options: OnlineOptions, source: DatasetSource, dataset: Dataset) -> int:
    """Return the number of examples under the standard protocol. Raises InputError if the options are not possible."""
    return _Data(PROTOCOLS.get(STANDARD)(), options, source, dataset).examples


def _own_values(options: OnlineOptions, trigger: str, examples: int, policy: Owned, protocol: Owned) -> dict[str, Any]:
    """Return the values of a config that only this setting has."""
    return {
        "trigger": trigger,
        "examples": examples,
        "reservoir": options.reservoir,
        "update_interval": options.update_interval,
        "threshold": options.threshold + 0.0,  # -0.0 is 0
        "permute_labels": options.permute_labels,
        "policy": policy[0].name,
        "policy_parameters": canonical(*policy),
        "protocol": protocol[0].name,
        "search": options.search,
        "protocol_parameters": canonical(*protocol),
    }


def _owned(options: OnlineOptions, names: Sequence[str], registry: Registry) -> list[Owned]:
    """Return each of some classes with each combination of its parameters."""
    return ParameterGrid.of(options.set, {name: registry.get(name) for name in names})


class _Data:
    """The data of a sweep's runs on one dataset under one protocol.

    held_out: number of database rows that are not in the table. options: with the splits that the protocol needs.
    usual: length of the stream if none is given. examples: its length. Raises InputError, naming the option, if the
    options are not possible under the protocol.
    """

    def __init__(
        self,
        protocol: DataProtocol,
        options: OnlineOptions,
        source: DatasetSource,
        dataset: Dataset,
        held_out: int = 0,
    ) -> None:
        if protocol.needs_labels and dataset.labels is None:
            raise protocol.error(dataset, "which has no labels (allowed: standard, growing)")
        self.options = replace(options, split="trial") if protocol.split_by_trial else options
        self._protocol, self._source, self._dataset = protocol, source, dataset
        # Under the standard protocol, all splits have the same sizes.
        self._trials = options.trial_numbers[:1] if protocol.name == STANDARD else options.trial_numbers
        interval, longest = options.update_interval, self._longest()
        usual = longest if protocol.grows else min(source.examples, longest)
        self.usual = usual // interval * interval
        given = self.usual if options.examples is None else options.examples
        _check_examples(given, longest, options, source, protocol)
        self.examples = given // interval * interval
        self._first_rows, self._smallest_table = (size - held_out for size in self._least_sizes())
        check_metrics(options, self._smallest_table)

    def _longest(self) -> int:
        """Return the length of one pass, that is of the shortest of all trials."""
        protocol, options = self._protocol, self.options
        if protocol.grows and options.epochs > 1:
            raise InputError(f"--epochs: {options.epochs} (allowed with --protocol {protocol.name}: 1)")
        splits = [self._split(trial) for trial in self._trials]
        return min(protocol.longest(self._dataset, split, options.update_interval) for split in splits)

    @cached_property
    def _splits(self) -> dict[int | None, Split]:
        return {}

    def _split(self, trial: int) -> Split:
        key = trial if self.options.split == "trial" else None
        if key not in self._splits:
            self._splits[key] = draw_split_of(self._protocol, self._dataset, self.options.seed, key)
        return self._splits[key]

    def _schedule(self, trial: int) -> Schedule:
        random = stream_random(self.options.seed, self._dataset.name, trial)
        return self._protocol.schedule(self._split(trial), self.examples, self.options.update_interval, random)

    def _least_sizes(self) -> tuple[int, int]:
        """Return the least number of rows that a method sees before it learns, and that a query searches."""
        if not self._protocol.grows:
            splits = [self._split(trial) for trial in self._trials]
            return min(len(each.learned) for each in splits), min(len(each.database) for each in splits)
        first = min(len(self._schedule(trial).rounds[0].rows) for trial in self._trials)
        return first, first

    def check_method(self, method: OnlineHasher) -> None:
        """Raise InputError if a method is not possible on these data."""
        method.check(self._first_rows, self._dataset.features.shape[1])
        step = method.examples_per_step
        if self.options.update_interval % step:
            raise InputError(
                f"--update-interval: {self.options.update_interval} (allowed for {method.name} at {method.n_bits} "
                f"bits: multiples of {step})"
            )

    def sizes(self, trial: int) -> tuple[str, ...]:
        """Return the sizes of stream, hash table and queries, one line for each round; none by default."""
        if self._protocol.name == STANDARD:
            return ()
        given = changed(self._protocol.get_params(), defaults(type(self._protocol)))
        parameters = f" ({', '.join(given)})" if given else ""
        name = f"{self._dataset.name}, protocol {self._protocol.name}{parameters}"
        split, rounds = self._split(trial), self._schedule(trial).rounds
        if not rounds:
            stream = f"a stream of {self.examples:,} examples from {len(split.learned):,} rows"
            return (f"{name}: {stream}, a table of {len(split.database):,} rows, {len(split.queries):,} queries",)
        before, lines, table = 0, [], 0
        for number, each in enumerate(rounds, start=1):
            learned, table, before = each.stop - before, table + len(each.rows), each.stop
            sizes = f"{learned:,} examples, a table of {table:,} rows, {len(each.queries):,} queries"
            lines.append(f"{name}, round {number}: {sizes}")
        return tuple(lines)


def _check_examples(
    examples: int, longest: int, options: OnlineOptions, source: DatasetSource, protocol: DataProtocol
) -> None:
    """Check the length of the stream. longest: that of one pass; a growing table has one pass only."""
    once, streams_the_table = protocol.grows, protocol.streams_the_table
    most, least = longest * options.epochs, options.update_interval
    if examples > most:
        rows = "database" if streams_the_table else "stream"
        passes = f"its {rows} of {longest} rows times {options.epochs} epochs"
        why = f"its stream of {longest} rows" if once else passes
        raise InputError(f"--examples: {examples} (allowed for {source.name}: at most {most}, {why})")
    if options.examples is None and examples < least:
        raise InputError(f"--update-interval: {least} (allowed for {source.name}: at most the length of its stream)")
    if examples < least:
        raise InputError(f"--examples: {examples} (allowed: at least one --update-interval, {least})")

"""Planning and performing the runs of the online setting. All random numbers are drawn by name."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from mihash_bench.datasets.base import Dataset, DatasetSource
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import canonical, resolved
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.measuring import check_metrics
from mihash_bench.experiment.parameter_grid import ParameterGrid
from mihash_bench.experiment.permuted_labels import with_permuted_labels
from mihash_bench.experiment.raw_encoder import preprocessing_of
from mihash_bench.experiment.result import Observer, RunResult
from mihash_bench.experiment.retrieval import Retrieval, draw_retrieval
from mihash_bench.experiment.seeds import generator, seed_sequence
from mihash_bench.experiment.trial import Trial
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.metrics.base import parse_metric
from mihash_bench.policies.base import TablePolicy
from mihash_bench.registry import METHODS, POLICIES
from mihash_bench.settings._online_options import OnlineConfig, OnlineOptions
from mihash_bench.settings.base import Planned, Setting, Variant
from mihash_bench.stream.checkpoints import draw_checkpoints
from mihash_bench.stream.order import draw_order
from mihash_bench.stream.plan import StreamPlan
from mihash_bench.stream.trigger import AlwaysUpdate, TriggerUpdate, UpdatePolicy


def plan(
    setting: Setting, options: OnlineOptions, source: DatasetSource, dataset: Dataset, variants: Sequence[Variant]
) -> Iterator[Planned]:
    """Yield the runs on one dataset; see ``Setting.plan``."""
    # Every split has as many queries.
    n_database = len(draw_retrieval(dataset, options.seed).database)
    usual = _whole_decisions(min(source.examples, n_database), options)
    examples = usual if options.examples is None else options.examples
    _check_examples(examples, n_database, options, source)
    if options.permute_labels != "none" and dataset.labels is None:
        raise InputError(
            f"--permute-labels: {options.permute_labels} (allowed for {source.name}: none, it has no labels)"
        )
    check_metrics(options, n_database)
    for method, parameters in variants:
        unlabelled = method.needs_labels and dataset.labels is None
        lacks_labels = f"{method.name} needs labels, {source.name} has none" if unlabelled else ""
        swept = product(options.bits, options.trigger, _policies(options), options.trial_numbers)
        for bits, trigger, (policy, given), trial in swept:
            skip = lacks_labels or policy.refusal(method)
            _check_step(method(bits, **parameters), dataset, n_database, options)
            config = setting.config_of(
                options,
                source,
                (method, parameters),
                bits,
                trial,
                trigger=trigger,
                examples=_whole_decisions(examples, options),
                reservoir=options.reservoir,
                update_interval=options.update_interval,
                threshold=options.threshold + 0.0,  # -0.0 is 0
                permute_labels=options.permute_labels,
                policy=policy.name,
                policy_parameters=canonical(policy, given),
            )
            yield Planned(config, setting.protocol(config, examples=usual), skip)


def _policies(options: OnlineOptions) -> list[tuple[type[TablePolicy], dict[str, Any]]]:
    """Return each table policy with each combination of its parameters."""
    policies = {name: POLICIES.get(name) for name in options.policy}
    return ParameterGrid.of(options.set, policies)


def _whole_decisions(examples: int, options: OnlineOptions) -> int:
    """Return the number of examples up to the last table decision. Later ones would change no result."""
    return int(examples // options.update_interval * options.update_interval)


def _check_examples(examples: int, n_database: int, options: OnlineOptions, source: DatasetSource) -> None:
    most, least = n_database * options.epochs, options.update_interval
    if examples > most:
        raise InputError(
            f"--examples: {examples} (allowed for {source.name}: at most {most}, its database of {n_database} rows "
            f"times {options.epochs} epochs)"
        )
    if options.examples is None and examples < least:
        raise InputError(f"--update-interval: {least} (allowed for {source.name}: at most the length of its stream)")
    if examples < least:
        raise InputError(f"--examples: {examples} (allowed: at least one --update-interval, {least})")


def _check_step(method: OnlineHasher, dataset: Dataset, n_database: int, options: OnlineOptions) -> None:
    method.check(n_database, dataset.features.shape[1])
    step = method.examples_per_step
    if options.update_interval % step:
        raise InputError(
            f"--update-interval: {options.update_interval} (allowed for {method.name} at {method.n_bits} bits: "
            f"multiples of {step})"
        )


def draw_plan(config: OnlineConfig, n_database: int) -> StreamPlan:
    """Draw the stream of a trial. It depends on seed, dataset and trial, but not on method, bits or trigger."""

    def drawing(purpose: str) -> np.random.Generator:
        return generator(config.seed, purpose, config.dataset, config.trial)

    decisions = config.examples // config.update_interval
    points = draw_checkpoints(decisions, config.checkpoints, drawing("checkpoints"))
    start = drawing("reservoir start")
    n_start = min(-(-config.reservoir // 10), n_database)
    return StreamPlan(
        order=draw_order(n_database, config.examples, drawing("stream")),
        checkpoints=points * config.update_interval,
        reservoir_start=start.choice(n_database, n_start, replace=False),
        start_keys=start.random(n_start),
        keys=drawing("reservoir keys").random(config.examples),
    )


def make_method(config: OnlineConfig) -> OnlineHasher:
    """Create the method of a run. Its random state does not depend on the trigger."""
    names = (config.dataset, config.method, config.bits, config.trial)
    method: Any = METHODS.get(config.method)
    parameters = resolved(method, config.method_parameters)
    made: OnlineHasher = method(config.bits, random_state=seed_sequence(config.seed, "method", *names), **parameters)
    return made


def make_policy(config: OnlineConfig) -> UpdatePolicy:
    """Create the policy that decides about table updates."""
    return TriggerUpdate(config.threshold) if config.trigger == "on" else AlwaysUpdate()


def make_table_policy(config: OnlineConfig) -> TablePolicy:
    """Create the policy that says which rows an update recodes."""
    made: TablePolicy = POLICIES.get(config.policy)(**dict(config.policy_parameters))
    return made


def retrieval_of(config: OnlineConfig, dataset: Dataset) -> Retrieval:
    """Return the retrieval of a run; each trial permutes labels in its own way, whatever the method."""
    retrieval = draw_retrieval(dataset, config.seed, config.split_trial)
    random = generator(config.seed, "permuted labels", config.dataset, config.trial)
    return with_permuted_labels(retrieval, config.permute_labels, random)


def run(config: OnlineConfig, dataset: Dataset, observer: Observer, keeper: Keeper) -> RunResult:
    """Perform one run; see ``Setting.run``."""
    retrieval = retrieval_of(config, dataset)
    trial = Trial(
        make_method(config),
        retrieval,
        draw_plan(config, len(retrieval.database)),
        make_policy(config),
        reservoir_size=config.reservoir,
        update_interval=config.update_interval,
        metrics=[parse_metric(text) for text in config.metrics],
        observer=observer,
        threads=config.threads,
        n_bits=config.bits,
        keeper=keeper,
        table_policy=make_table_policy(config),
        table_random=generator(config.seed, "policy", config.dataset, config.trial),
    )
    return replace(trial.run(), preprocessing=preprocessing_of(dataset.mean, unit=dataset.normalization.unit))

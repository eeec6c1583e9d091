"""Performing the runs of the online setting. All random numbers are drawn by name."""

from dataclasses import replace
from typing import Any

from mihash_bench.datasets.base import Dataset
from mihash_bench.experiment.config import resolved
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.raw_encoder import preprocessing_of
from mihash_bench.experiment.result import Observer, RunResult
from mihash_bench.experiment.searching import Searching
from mihash_bench.experiment.seeds import generator, seed_sequence
from mihash_bench.experiment.trial import Trial
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.metrics.base import parse_metric
from mihash_bench.policies.base import TablePolicy
from mihash_bench.registry import ENGINES, METHODS, POLICIES
from mihash_bench.settings._online_data import data_of
from mihash_bench.settings._online_options import OnlineConfig
from mihash_bench.stream.trigger import AlwaysUpdate, TriggerUpdate, UpdatePolicy


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


def run(config: OnlineConfig, dataset: Dataset, observer: Observer, keeper: Keeper) -> RunResult:
    """Perform one run; see ``Setting.run``."""
    data = data_of(config, dataset)
    trial = Trial(
        make_method(config),
        data.retrieval,
        data.plan,
        make_policy(config),
        reservoir_size=config.reservoir,
        update_interval=config.update_interval,
        metrics=[parse_metric(text) for text in config.metrics],
        observer=observer,
        threads=config.threads,
        n_bits=config.bits,
        keeper=keeper,
        table_policy=make_table_policy(config),
        searching=Searching([ENGINES.get(name) for name in config.search]) if config.search else None,
        table_random=generator(config.seed, "policy", config.dataset, config.trial),
    )
    return replace(trial.run(), preprocessing=preprocessing_of(dataset.mean, unit=dataset.normalization.unit))

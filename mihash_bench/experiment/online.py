"""The online setting: from a run's config and dataset to its trial, with every draw named by its purpose."""

from typing import Any

import numpy as np

from mihash_bench.datasets.base import Dataset
from mihash_bench.experiment.config import RunConfig
from mihash_bench.experiment.retrieval import draw_retrieval
from mihash_bench.experiment.seeds import generator, seed_sequence
from mihash_bench.experiment.trial import Observer, Trial, TrialResult
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.metrics.base import parse_metric
from mihash_bench.registry import METHODS
from mihash_bench.stream.checkpoints import draw_checkpoints
from mihash_bench.stream.order import draw_order
from mihash_bench.stream.plan import StreamPlan
from mihash_bench.stream.trigger import AlwaysUpdate, TriggerUpdate, UpdatePolicy


def draw_plan(config: RunConfig, n_database: int) -> StreamPlan:
    """Draw the stream of a trial: it depends on seed, dataset and trial, never on method, bits or trigger."""

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


def make_method(config: RunConfig) -> OnlineHasher:
    """Make the method of a run; its own draws depend on everything but the trigger."""
    names = (config.dataset, config.method, config.bits, config.trial)
    parameters: dict[str, Any] = dict(config.method_parameters)
    method_class: Any = METHODS.get(config.method)
    return method_class(config.bits, random_state=seed_sequence(config.seed, "method", *names), **parameters)


def make_policy(config: RunConfig) -> UpdatePolicy:
    """Make what decides on table updates."""
    return TriggerUpdate(config.threshold) if config.trigger == "on" else AlwaysUpdate()


def run_online(config: RunConfig, dataset: Dataset, observer: Observer) -> TrialResult:
    """Do one run of the online setting."""
    retrieval = draw_retrieval(dataset, config.seed)
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
    )
    return trial.run()

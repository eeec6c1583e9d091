"""The data of a run of the online setting: split, stream and rounds, as its protocol says."""

from dataclasses import dataclass

import numpy as np

from mihash_bench.datasets.base import Dataset
from mihash_bench.experiment.permuted_labels import with_permuted_labels
from mihash_bench.experiment.retrieval import Retrieval, retrieval_of_split
from mihash_bench.experiment.seeds import generator
from mihash_bench.experiment.split import Positions, Split
from mihash_bench.protocols.base import DataProtocol, Schedule
from mihash_bench.registry import PROTOCOLS
from mihash_bench.settings._online_options import OnlineConfig
from mihash_bench.stream.checkpoints import draw_checkpoints
from mihash_bench.stream.order import draw_order
from mihash_bench.stream.plan import StreamPlan

STANDARD = "standard"


@dataclass(frozen=True)
class RunData:
    """What a run learns from and is evaluated with."""

    retrieval: Retrieval
    plan: StreamPlan

    @property
    def at_the_end(self) -> Retrieval:
        """The queries of the last round, and the rows that have entered the hash table by then."""
        return self._after(len(self.plan.rounds)) if self.plan.rounds else self.retrieval

    @property
    def views(self) -> list[tuple[int | None, Retrieval]]:
        """What is searched at each checkpoint, with its number of examples; None if it is always the same."""
        if not self.plan.rounds:
            return [(None, self.retrieval)]
        numbers = {each.stop: number for number, each in enumerate(self.plan.rounds, start=1)}
        return [(seen, self._after(numbers[seen])) for seen in self.plan.checkpoints.tolist()]

    def _after(self, rounds: int) -> Retrieval:
        done = self.plan.rounds[:rounds]
        return self.retrieval.part(np.sort(np.concatenate([each.rows for each in done])), done[-1].queries)


def data_of(config: OnlineConfig, dataset: Dataset) -> RunData:
    """Return the data of a run; each trial permutes labels in its own way, whatever the method."""
    protocol = make_protocol(config)
    split = draw_split_of(protocol, dataset, config.seed, config.split_trial)
    random = generator(config.seed, "permuted labels", config.dataset, config.trial)
    retrieval = with_permuted_labels(retrieval_of_split(dataset, split), config.permute_labels, random)
    stream = stream_random(config.seed, config.dataset, config.trial)
    schedule = protocol.schedule(split, config.examples, config.update_interval, stream)
    return RunData(retrieval, draw_plan(config, len(split.learned), schedule))


def make_protocol(config: OnlineConfig) -> DataProtocol:
    """Create the protocol of a run."""
    made: DataProtocol = PROTOCOLS.get(config.protocol)(**dict(config.protocol_parameters))
    return made


def draw_split_of(protocol: DataProtocol, dataset: Dataset, seed: int, trial: int | None) -> Split:
    """Split a dataset. trial: None for the split that all trials with the same seed share."""
    own = () if protocol.name == STANDARD else (protocol.name,)
    return protocol.split(dataset, generator(seed, "split", dataset.name, *own, *(() if trial is None else (trial,))))


def stream_random(seed: int, dataset: str, trial: int) -> np.random.Generator:
    """Return the random numbers of the order of the stream."""
    return generator(seed, "stream", dataset, trial)


def _drawing(config: OnlineConfig, purpose: str) -> np.random.Generator:
    return generator(config.seed, purpose, config.dataset, config.trial)


def draw_plan(config: OnlineConfig, n_learned: int, schedule: Schedule | None = None) -> StreamPlan:
    """Draw the stream of a trial. It depends on seed, dataset, trial and protocol, but not on method, bits or trigger.

    n_learned: number of rows that may be learned from. schedule: their order, and the rounds; None for
    a random order and no rounds.
    """
    if schedule is None:
        stream = stream_random(config.seed, config.dataset, config.trial)
        schedule = Schedule(draw_order(n_learned, config.examples, stream))
    rounds, start = schedule.rounds, _drawing(config, "reservoir start")
    # The reservoir has nothing that arrives later.
    first = rounds[0].rows if rounds else np.arange(n_learned)
    n_start = min(-(-config.reservoir // 10), len(first))
    return StreamPlan(
        order=schedule.order,
        checkpoints=_checkpoints(config, schedule),
        reservoir_start=first[start.choice(len(first), n_start, replace=False)],
        start_keys=start.random(n_start),
        keys=_drawing(config, "reservoir keys").random(config.examples),
        rounds=rounds,
    )


def _checkpoints(config: OnlineConfig, schedule: Schedule) -> Positions:
    """Return the examples seen at each checkpoint: at the end of rounds, evenly chosen among them if they are many."""
    if not schedule.rounds:
        decisions = config.examples // config.update_interval
        points = draw_checkpoints(decisions, config.checkpoints, _drawing(config, "checkpoints"))
        return points * config.update_interval
    stops = np.array([each.stop for each in schedule.rounds], np.int64)
    chosen = np.linspace(0, len(stops), min(config.checkpoints, len(stops)) + 1)[1:]
    ends: Positions = stops[np.round(chosen).astype(int) - 1]
    return ends

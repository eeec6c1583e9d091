"""A stream whose end is held out, for choosing parameters.

The stream is the beginning of the one that a run of the online setting learns from. The rows after it are the queries
and are never in the hash table. The queries of the dataset are neither learned from nor searched nor asked, and rows
are centred on a mean that does not contain them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import Dataset, DatasetSource
from mihash_bench.errors import InputError
from mihash_bench.experiment.retrieval import retrieval_of_split
from mihash_bench.experiment.split import Positions, Split
from mihash_bench.experiment.training_points import TrainingCentred
from mihash_bench.protocols.base import Schedule
from mihash_bench.settings._online_data import RunData, draw_plan, draw_split_of, make_protocol, stream_random
from mihash_bench.settings._online_options import HeldOutConfig, OnlineOptions
from mihash_bench.settings._online_plan import length_of_stream
from mihash_bench.settings._online_plan import plan as plan_online
from mihash_bench.settings.base import Planned, Setting, Variant
from mihash_bench.stream.order import draw_order

# A tenth of the stream is held out, but no more rows than this, because each is searched for in the whole table.
PART, MOST_HELD_OUT = 10, 2_000


def plan(
    setting: Setting, options: OnlineOptions, source: DatasetSource, dataset: Dataset, variants: Sequence[Variant]
) -> Iterator[Planned]:
    """Yield the runs on one dataset; see ``Setting.plan``. Their streams end before the rows that are held out."""
    whole, interval = length_of_stream(options, source, dataset), options.update_interval
    held_out = min(whole // PART, MOST_HELD_OUT)
    learned = (whole - held_out) // interval * interval
    if not held_out or not learned:
        raise InputError(
            f"--update-interval: {interval} (allowed for tuning: at most {whole - max(held_out, 1)}, because 1 of "
            f"{PART} of the {whole} examples of the stream are held out)"
        )
    yield from plan_online(setting, replace(options, examples=learned), source, dataset, variants, held_out)


def data_of(config: HeldOutConfig, dataset: Dataset) -> tuple[Dataset, RunData]:
    """Return the rows as a run sees them, and what it learns from and is evaluated with."""
    whole = draw_split_of(make_protocol(config), dataset, config.seed, config.split_trial).database
    visited = config.examples + config.held_out
    order = draw_order(len(whole), visited, stream_random(config.seed, config.dataset, config.trial))
    learned, held_out = np.split(order, [config.examples])
    in_table = np.ones(len(whole), np.bool_)
    in_table[held_out] = False
    split = Split(whole[held_out], whole[in_table])
    seen = _without_queries(dataset, split.database)
    schedule = Schedule(_places(in_table)[learned])
    return seen, RunData(retrieval_of_split(seen, split), draw_plan(config, len(split.database), schedule))


def _places(in_table: NDArray[np.bool_]) -> Positions:
    """Return the position in the table of each row of the database."""
    places: Positions = np.cumsum(in_table) - 1
    return places


def _without_queries(dataset: Dataset, table: Positions) -> Dataset:
    """Return the dataset, centred on the mean of the table's rows if it is centred at all."""
    if not dataset.normalization.center:
        return dataset
    centred = TrainingCentred(dataset, table)
    return replace(dataset, features=centred, mean=centred.mean)  # type: ignore[arg-type]

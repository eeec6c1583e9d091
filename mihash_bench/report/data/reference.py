"""Reference values beside runs: what the queries of a run reach without hash codes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mihash_bench.metrics.base import SO_FAR
from mihash_bench.registry import PROTOCOLS
from mihash_bench.settings.base import Axis, changed_defaults

# The column with the reference value of a checkpoint, NaN where there is none.
REFERENCE = "reference"
TITLES = {"float": "float cosine, no codes"}

# Takes the config of a run, the digest of its dataset and a metric; returns values by the number of examples.
Lookup = Callable[[str, str, str], Mapping[str, float]]


@dataclass(frozen=True)
class Reference:
    """Adds reference values to the checkpoints of runs.

    name: a name out of ``TITLES``. lookup: see ``sweeps.references``. runs: all runs with their keys, configs and
    digests.
    """

    name: str
    lookup: Lookup
    runs: pd.DataFrame

    @property
    def title(self) -> str:
        """The name in figures and tables."""
        return TITLES[self.name]

    def beside(self, rows: pd.DataFrame, metric: str, x: Axis | None = None) -> pd.DataFrame:
        """Return checkpoints with a column of the reference values of a metric.

        A metric of the queries of all rounds so far has none. x: the axis over which a line is wanted. Values that
        change over the examples make a line over these and over code lengths only, and are not computed for others.
        """
        if metric.endswith(SO_FAR) or rows.empty:
            return rows
        wanted = rows
        if x is not None and not x.final and x.column != "examples":
            wanted = rows[~rows["dataset"].map(_grows)]
        known = self.runs.drop_duplicates("key").set_index("key").loc[wanted["key"].unique()]
        texts = zip(known.index, known["config"], known["dataset_digest"], strict=True)
        found = {key: self.lookup(str(config), str(digest), metric) for key, config, digest in texts}
        values = [
            _at(found[key], seen) if key in found else np.nan
            for key, seen in zip(rows["key"], rows["examples"], strict=True)
        ]
        return rows.assign(**{REFERENCE: values})

    def of_groups(self, summary: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
        """Return a summary with a column of the mean reference value of the runs of each setting and dataset.

        last: the last checkpoint of each run.
        """
        parts = []
        for metric, part in summary.groupby("metric", sort=False):
            rows = self.beside(last[last["status"] == "done"], str(metric))
            known = rows if REFERENCE in rows else rows.assign(**{REFERENCE: np.nan})
            means = known.groupby(["setting", "dataset"])[REFERENCE].mean()
            where = list(zip(part["setting"], part["dataset"], strict=True))
            parts.append(part.assign(**{REFERENCE: [means.get(each, np.nan) for each in where]}))
        return pd.concat(parts, ignore_index=True)


def _at(values: Mapping[str, float], examples: float) -> float:
    return values.get("", values.get(str(int(examples)), np.nan))


def _grows(dataset: str) -> bool:
    """Return whether what is searched grows with the examples, from the name that ``comparable`` gives a dataset."""
    texts = changed_defaults(dataset)
    names = [text.removeprefix("protocol=") for text in texts if text.startswith("protocol=")]
    return any(name in PROTOCOLS.names() and PROTOCOLS.get(name).grows for name in names)


def has_reference(rows: pd.DataFrame) -> bool:
    """Return whether some rows have a reference value."""
    return REFERENCE in rows and bool(rows[REFERENCE].notna().any())

"""Figures that others published, to stand beside ours."""

from collections.abc import Mapping
from importlib.resources import files
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd

COLUMNS = ["published", "published_source", "published_protocol"]
# Datasets of ours whose images are those of a published figure.
SAME_IMAGES = {"cifar10": "cifar10", "sample": "cifar10"}
# A method's variant that was published under a name of its own.
PUBLISHED_AS = {("MIHash", "epochs=1"): "MIHash (single epoch)"}
BATCH_PROTOCOL = (
    "Published: Setting 1 on CIFAR-10 with VGG-16 fc7 features (4,096 columns), ties, split and tuning as the authors "
    "had them, no spread given; MIHash at 32 bits is from the README of the authors' code"
)


def published() -> pd.DataFrame:
    """Return the published figures.

    Columns: experiment (online, batch), setting (dataset of an online figure, number of a batch setting), method,
    bits, map, source, protocol. The same figure from one source counts once.
    """
    every = pd.read_csv(StringIO((files("mihash_bench.report") / "published.csv").read_text()), dtype={"setting": str})
    return every.drop_duplicates(["experiment", "setting", "method", "bits", "source"], ignore_index=True)


def published_online(dataset: str, method: str, bits: int) -> pd.DataFrame:
    """Return the published figures of one online method, matched by dataset, method title and code length."""
    return _figures("online", dataset, method, bits)


def published_batch(setting: str, method: str, bits: int) -> pd.DataFrame:
    """Return the published figures of one batch method in a setting such as ``batch-1``."""
    return _figures("batch", setting.removeprefix("batch-"), method, bits)


def _figures(experiment: str, setting: str, method: str, bits: int) -> pd.DataFrame:
    every = published()
    same = (every["experiment"] == experiment) & (every["setting"] == setting)
    return every[same & (every["method"] == method) & (every["bits"] == bits)]


def beside(summary: pd.DataFrame) -> pd.DataFrame:
    """Return a summary with the published figure of each row's method, code length and setting, where there is one.

    Columns: ``published``, and its source and protocol. The dataset's images are the same, its features may not be.
    """
    found = [_of_row(row) for row in summary.to_dict("records")]
    return summary.assign(**{name: [each[place] for each in found] for place, name in enumerate(COLUMNS)})


def _of_row(row: Mapping[Any, Any]) -> tuple[float, str, str]:
    images = SAME_IMAGES.get(str(row["dataset"]).split(" (")[0])
    if images is None or not str(row["metric"]).startswith("mAP"):
        return np.nan, "", ""
    title, variant = row["method_title"], row["variant"]
    method = PUBLISHED_AS.get((title, variant), title)
    if row["setting"] == "online":
        figures = published_online(images, method, row["bits"])
    else:
        figures = published_batch(row["setting"], method, row["bits"])
    if figures.empty:
        return np.nan, "", ""
    first = figures.iloc[0]
    return float(first["map"]), str(first["source"]), str(first["protocol"])

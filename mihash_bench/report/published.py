"""Figures that others published, to stand beside ours."""

from collections.abc import Mapping
from importlib.resources import files
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd

from mihash_bench.metrics.average_precision import MAP_EXPECTED, MAP_INDEX

# Every published figure is mAP over the whole ranking.
PUBLISHED_METRICS = {str(MAP_EXPECTED), str(MAP_INDEX)}
COLUMNS = ["published", "published_source", "published_protocol"]
# Datasets of ours whose images are those of a published figure.
SAME_IMAGES = {"cifar10": "cifar10", "sample": "cifar10"}
# What a method was published as that stops after one epoch.
SINGLE_EPOCH = {"MIHash": "MIHash (single epoch)"}
BATCH_PROTOCOL = (
    "Published: the paper's poster, Setting 1 on CIFAR-10 with VGG-16 fc7 features (4,096 columns), ties, split and "
    "tuning as the authors had them, no spread given; ours: the features of the file or sample named here"
)
# What must be said of single rows, by the name they were published under.
OF_ROWS = {
    "MIHash": "MIHash's, at 32 bits alone, is from the README of the authors' code",
    "MIHash (single epoch)": "epochs=1 stands beside the row whose label is garbled in the poster and was read as such",
}


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
    method, images = published_name(row["method_title"], row["variant"]), _images(row)
    if row["metric"] not in PUBLISHED_METRICS or method is None or images is None:
        return np.nan, "", ""
    if row["setting"] == "online":
        figures = published_online(images, method, row["bits"])
    else:
        figures = published_batch(row["setting"], method, row["bits"])
    if figures.empty:
        return np.nan, "", ""
    first = figures.iloc[0]
    return float(first["map"]), str(first["source"]), str(first["protocol"])


def published_name(title: str, variant: str) -> str | None:
    """Return what a method was published as; None for so many epochs as nobody published."""
    epochs = [text.removeprefix("epochs=") for text in variant.split(",") if text.startswith("epochs=")]
    if not epochs:
        return title
    return SINGLE_EPOCH.get(title) if epochs == ["1"] else None


def _images(row: Mapping[Any, Any]) -> str | None:
    """Return the dataset of the published figures that a row's runs may stand beside."""
    name, _, changed = str(row["dataset"]).partition(" (")
    if row["setting"] != "online":
        return SAME_IMAGES.get(name)
    # The published stream is one of 2,000 examples; of the default one its protocol is said.
    return name if name == "cifar10" and changed in ("", "examples=2000)") else None

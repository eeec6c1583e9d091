"""Published figures, to be shown next to ours."""

from collections.abc import Mapping
from importlib.resources import files
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.registry import DATASETS
from mihash_bench.settings.base import setting_of

COLUMNS = ["published", "published_source", "published_protocol", "published_features", "published_name"]
# The value of ``published_features`` for a figure of other features than ours.
OTHER = "other"
# Every published figure is mAP over the complete ranking.
METRICS = ("mAP", "mAP[ties=index]")
# The name under which a method that stops after one epoch was published.
SINGLE_EPOCH = {"MIHash": "MIHash (single epoch)"}
# Methods that were published under another name than their title.
OTHER_NAMES = {"VDSH-style": "VDSH"}
# The mark of a published figure of other features than ours.
OTHER_FEATURES = "‡"
# The protocol that all figures of an experiment and setting share.
PROTOCOLS = {
    ("batch", "1"): "Published figures: the paper's poster, Setting 1 on CIFAR-10 with VGG-16 fc7 features (4,096 "
    "columns), with the authors' treatment of ties, split and tuning, and without a spread; ours: the features of the "
    "file or sample named here",
    (
        "batch",
        "2",
    ): "Published figures: the paper's poster, Setting 2 on CIFAR-10, VGG-F trained on images of 224 "
    "pixels, with the authors' treatment of ties, split and tuning, and without a spread; ours: the network, pixels, "
    "images and epochs named here",
}
# Remarks about single figures, by the name they were published under.
REMARKS = {
    "MIHash": "the figure of MIHash, given for 32 bits only, is from the README of the authors' code",
    "MIHash (single epoch)": "epochs=1 is beside the row whose label is garbled in the poster and was read as such",
    "VDSH": "VDSH-style, which only resembles VDSH, is beside the figures of VDSH",
}


def published() -> pd.DataFrame:
    """Return the published figures.

    Columns: experiment (online, batch), setting (dataset of an online figure, number of a batch setting), method,
    bits, map, source, protocol. The same figure from one source counts once.
    """
    text = (files("mihash_bench.report.data") / "published.csv").read_text()
    every = pd.read_csv(StringIO(text), dtype={"setting": str})
    return every.drop_duplicates(["experiment", "setting", "method", "bits", "source"], ignore_index=True)


def published_figures(experiment: str, setting: str, method: str, bits: int) -> pd.DataFrame:
    """Return the published figures of one method, by its published name, at one code length."""
    every = published()
    same = (every["experiment"] == experiment) & (every["setting"] == setting)
    return every[same & (every["method"] == method) & (every["bits"] == bits)]


def beside(summary: pd.DataFrame) -> pd.DataFrame:
    """Return a summary with the published figure of each row's method, code length and setting, where there is one.

    Columns: ``published``, and its source and protocol; ``published_features`` is "other" if the published figure is of
    other features than ours, although of the same images, and "" otherwise; ``published_name`` is the method's name
    there. Titles must be those of the registry, so names of the user come later.
    """
    found = [_of_row(row) for row in summary.to_dict("records")]
    return summary.assign(**{name: [each[place] for each in found] for place, name in enumerate(COLUMNS)})


def _of_row(row: Mapping[Any, Any]) -> tuple[float, str, str, str, str]:
    method = published_name(row["method_title"], row["variant"])
    where = setting_of(row["setting"]).published_as(str(row["dataset"]))
    if row["metric"] not in METRICS or method is None or where is None:
        return np.nan, "", "", "", ""
    figures = published_figures(*where, method, row["bits"])
    if figures.empty:
        return np.nan, "", "", "", ""
    first = figures.iloc[0]
    features = OTHER if of_other_features(row) else ""
    return float(first["map"]), str(first["source"]), str(first["protocol"]), features, method


def of_other_features(row: Mapping[Any, Any]) -> bool:
    """Return whether a row of a summary is of other features than the authors' file of its images.

    It is, if the row is of another dataset than a known one, as the embedded sample, or of a file with a title of its
    own because it is not of the authors' shape.
    """
    name, _, rest = str(row["dataset"]).partition(" (")
    try:
        source = DATASETS.get(name)
    except InputError:
        return True
    title = str(row.get("dataset_title", source.title)).removesuffix(f" ({rest}")
    return getattr(source, "authors_shape", None) is None or title != source.title


def published_name(title: str, variant: str) -> str | None:
    """Return the name under which a method was published; None for a number of epochs that was not published."""
    epochs = [text.removeprefix("epochs=") for text in variant.split(",") if text.startswith("epochs=")]
    if not epochs:
        return OTHER_NAMES.get(title, title)
    return SINGLE_EPOCH.get(title) if epochs == ["1"] else None


def notes_on(summary: pd.DataFrame, *, in_columns: bool) -> list[str]:
    """Return the notes of a table about the published figures in a summary, one sentence each.

    in_columns: whether the table shows the figures themselves. If so, a protocol that they share is given once.
    """
    if COLUMNS[0] not in summary:
        return []
    shown = summary[summary["published"].notna()].drop_duplicates(["method_title", "variant", "bits", "published"])
    shared = {PROTOCOLS.get(_where(row)) for row in shown.to_dict("records")} - {None}
    if not in_columns or not shared:
        return list(dict.fromkeys(_figure(row) for row in shown.to_dict("records")))
    remarks = [text for name, text in REMARKS.items() if name in set(shown["published_name"])]
    others = [f"{OTHER_FEATURES} published figure of other features than ours"] if _others(shown) else []
    return ["; ".join([*sorted(filter(None, shared)), *remarks]), *others]


def _others(shown: pd.DataFrame) -> bool:
    return bool(shown["published_features"].eq(OTHER).any())


def _where(row: Mapping[Any, Any]) -> tuple[str, str]:
    return setting_of(row["setting"]).published_as(str(row["dataset"])) or ("", "")


def _figure(row: Mapping[Any, Any]) -> str:
    source = f"{row['published_source']}: {row['published_protocol']}"
    other = ", of other features than ours" if row["published_features"] == OTHER else ""
    return f"Published: {row['method_title']}, {row['bits']} bits: {row['published']:.3f}{other} ({source})"

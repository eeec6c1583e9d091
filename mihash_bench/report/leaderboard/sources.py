"""What methods learn from, and which data stand in for others."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.registry import DATASETS
from mihash_bench.report.data.published import of_other_features
from mihash_bench.settings.base import setting_of

LEARNS_FROM = "learns_from"
STAND_IN = "STAND-IN"
LABELS, PAIRS_BY_LABEL, PAIRS_BY_DISTANCE, FEATURES, NOTHING = (
    "labels", "pairs, by label", "pairs, by distance", "features", "nothing",
)  # fmt: skip
UNKNOWN = "not known"


def learns_from(setting: str, method: str, first_label: str) -> str:
    """Return what a method learns from, for data of whose labels the smallest is ``first_label``.

    first_label: -1 for data without labels, "" if it is not known. A pair of examples is similar or not, which the
    labels say where there are some, else their distance.
    """
    try:
        owner = setting_of(setting).methods.get(method)
    except InputError:  # a plug-in that is not loaded
        return UNKNOWN
    # Methods of settings without a stream learn from labelled training points.
    if getattr(owner, "needs_labels", True):
        return LABELS
    if not owner.learns:
        return NOTHING
    if not owner.uses_neighbors:
        return FEATURES
    if not first_label:
        return "pairs"
    return PAIRS_BY_DISTANCE if int(first_label) < 0 else PAIRS_BY_LABEL


def stand_in_note(row: Mapping[Any, Any]) -> str:
    """Return what the data of a run, or of a row of a summary, stand in for, as a sentence without a period, or "".

    Data are a stand-in if the paper's experiments fall back on them for a dataset whose file is missing, or if they are
    of a known dataset but have other features than the authors' file.
    """
    name = str(row["dataset"]).partition(" (")[0]
    sources = [DATASETS.get(each) for each in DATASETS.names()]
    replaced = [each.title for each in sources if each.stand_in is not None and each.stand_in.dataset == name]
    if replaced:
        return f"{STAND_IN} for {' and '.join(replaced)}"
    known = {each.name: each for each in sources}.get(name)
    if known is None or known.authors_shape is None or not of_other_features(row):
        return ""
    columns = f"{known.authors_shape.columns:,}"
    return f"{STAND_IN} for the authors' {known.title} file, which has other features ({columns} columns)"


def known_labels(runs: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return the smallest label of the data, as a text, by setting and dataset."""
    return {(row["setting"], row["dataset"]): str(row["first_label"]) for row in runs.to_dict("records")}

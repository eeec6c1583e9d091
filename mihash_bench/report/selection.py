"""Which rows of the results belong into one comparison."""

import pandas as pd

ONLINE = "online"
GROUP = ["setting", "dataset", "bits", "method", "variant", "trigger"]


def comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of finished runs, ready for comparing.

    Streams of another protocol than the default's, and datasets made with other parameters, become a
    dataset of their own, named after what differs, so that runs which cannot be compared never share a panel or a row.
    """
    chosen = _newest_version(frame[frame["status"] == "done"]).copy()
    chosen["protocol"] = _with_data(chosen)
    # A batch run has no trigger to tell apart.
    chosen["trigger"] = chosen["trigger"].where(chosen["setting"] == ONLINE, "")
    parts = [_parted(*row) for row in zip(chosen["dataset"], chosen["variant"], chosen["protocol"], strict=True)]
    chosen["variant"] = [variant for variant, _ in parts]
    for column in ("dataset", "dataset_title"):
        chosen[column] = [name + suffix for name, (_, suffix) in zip(chosen[column], parts, strict=True)]
    return chosen


def _newest_version(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the runs of each method's newest version: others gave other results from the same settings."""
    newest = rows.groupby(["setting", "method"])["method_version"].transform("max")
    return rows[rows["method_version"] == newest]


def _with_data(rows: pd.DataFrame) -> list[str]:
    """Return the protocols, with the data's digest where a dataset's files have changed between runs."""
    several = rows.groupby(["setting", "dataset", "variant"])["dataset_digest"].transform("nunique") > 1
    data = "data=" + rows["dataset_digest"].str[:8]
    joined = rows["protocol"].where(rows["protocol"] == "", rows["protocol"] + ",") + data
    return joined.where(several, rows["protocol"]).tolist()


def _parted(dataset: str, variant: str, protocol: str) -> tuple[str, str]:
    """Return what of a variant is the method's, and the rest with the protocol as an addition to the dataset's name."""
    changes = variant.split(",") if variant else []
    of_dataset = [text for text in changes if text.startswith(f"{dataset}.")]
    differs = [text.removeprefix(f"{dataset}.") for text in of_dataset] + (protocol.split(",") if protocol else [])
    return ",".join(text for text in changes if text not in of_dataset), f" ({', '.join(differs)})" if differs else ""


def measured(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the checkpoints of finished runs at which the metric is known, with a fresh index.

    A run done more than once, say with other metrics beside this one or by another version of a method, counts once:
    the one started last.

    Columns that may be missing are filled: ``method_title`` and ``dataset_title`` with the names, ``key`` with a
    number for each run, ``variant`` with nothing.
    """
    rows = frame[(frame["status"] == "done") & frame[metric].notna()].reset_index(drop=True)
    rows["variant"] = rows["variant"].astype(object).fillna("")
    for name in ("method", "dataset"):
        titles = rows.get(f"{name}_title", rows[name])
        rows[f"{name}_title"] = titles.astype(object).fillna(rows[name])
    if "key" not in rows:
        rows["key"] = rows.groupby([*GROUP, "trial"], sort=False).ngroup()
    return _latest(rows)


def _latest(rows: pd.DataFrame) -> pd.DataFrame:
    runs = rows.drop_duplicates("key")
    by_start = runs.sort_values("started", kind="stable") if "started" in runs else runs
    kept = by_start.drop_duplicates([*GROUP, "trial"], keep="last")["key"]
    return rows[rows["key"].isin(kept)].reset_index(drop=True)

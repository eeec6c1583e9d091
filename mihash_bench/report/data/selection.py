"""Which rows of the results belong in one comparison."""

from collections import Counter
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.report.data.code_versions import is_current, with_code_variants
from mihash_bench.settings.base import Setting, changed_defaults, setting_of

# Runs that differ in one of these never share a table or a figure.
APART = ("protocol", "policy")

GROUP = ["setting", "dataset", "bits", "method", "variant", "trigger"]


def settings_in(frame: pd.DataFrame) -> list[Setting]:
    """Return the settings of some runs, in order of appearance. Raises InputError for one that is not installed."""
    return [setting_of(str(name)) for name in frame["setting"].unique()]


def of_known_settings(runs: pd.DataFrame) -> tuple["pd.Series[bool]", list[str]]:
    """Return which runs have a setting that is installed, and one line for each setting that is not.

    runs: one row for each run.

    A report cannot show runs of a plug-in's setting without the plug-in, because the axes and columns are unknown.
    """
    unknown = [name for name in runs["setting"].unique() if not _is_known(str(name))]
    counts = runs["setting"].value_counts()
    lines = [
        f"{counts[name]} {'run' if counts[name] == 1 else 'runs'} of the setting {name!r}, which is not installed here"
        for name in unknown
    ]
    return ~runs["setting"].isin(unknown), lines


def older_versions(runs: pd.DataFrame) -> list[str]:
    """Return one line for each method of which finished runs of older versions are not shown.

    runs: one row for each run.
    """
    done = runs[runs["status"] == "done"]
    older = done[done["method_version"] < done.groupby(["setting", "method"])["method_version"].transform("max")]
    counts = Counter(zip(older["setting"], older["method"], strict=True))
    return [
        f"{count} {'run' if count == 1 else 'runs'} of older versions of {method} ({setting}), which gave other results"
        for (setting, method), count in counts.items()
    ]


def diverged_runs(runs: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the runs that are done but have diverged. runs: one row for each run, or for each run and checkpoint."""
    diverged = runs[(runs["status"] == "done") & (runs["diverged"] != "")]
    return diverged.drop_duplicates("key").to_dict("records")


def _is_known(name: str) -> bool:
    try:
        setting_of(name)
    except InputError:
        return False
    return True


def comparable(frame: pd.DataFrame, *, every_code: bool = False) -> pd.DataFrame:
    """Return the rows of finished runs, ready for comparing.

    every_code: also those of older code of plug-ins, as variants that are told apart by the code's digest.

    Runs with another protocol than the default, and runs on datasets with other parameters, get a dataset of their own,
    named after what differs, so that runs which cannot be compared never share a panel or a row. ``trigger`` is empty
    in settings whose series do not depend on it.
    """
    chosen = _newest_version(_where(frame, frame["status"] == "done"))
    chosen = with_code_variants(chosen) if every_code else _where(chosen, is_current(chosen))
    triggered = [setting.name for setting in settings_in(chosen) if "trigger" in setting.series]
    trigger = chosen["trigger"].where(chosen["setting"].isin(triggered), "")
    chosen = chosen.assign(protocol=_with_data(chosen), trigger=trigger)
    return chosen.assign(**_named_apart(chosen))


def _named_apart(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the new columns ``variant``, ``dataset`` and ``dataset_title``.

    A few combinations of texts stand in very many rows, so each combination is looked at once.
    """
    columns = ["dataset", "variant", "protocol", "dataset_title"]
    number = rows.groupby(columns, sort=False, dropna=False).ngroup().to_numpy()
    each = rows[columns].drop_duplicates()
    parts = [_parted(*row) for row in zip(each["dataset"], each["variant"], each["protocol"], strict=True)]
    suffixes = [suffix for _, suffix in parts]
    texts = {
        "variant": [variant for variant, _ in parts],
        **{name: [text + end for text, end in zip(each[name], suffixes, strict=True)] for name in columns[::3]},
    }
    return {name: pd.Series(pd.array(values)[number], rows.index) for name, values in texts.items()}


def has_own_splits(dataset: str) -> bool:
    """Return whether each trial has its own split, from the name that ``comparable`` gives a dataset."""
    return "split=trial" in changed_defaults(dataset)


def remarks_on(rows: pd.DataFrame) -> list[str]:
    """Return what their settings have to say about some runs, or rows of a summary, each remark once."""
    pairs = dict.fromkeys(zip(rows["setting"], rows["dataset"], strict=True))
    return list(dict.fromkeys(text for setting, dataset in pairs for text in setting_of(setting).remarks(str(dataset))))


def apart(dataset: str) -> str:
    """Return protocol and table policy in the name that ``comparable`` gives a dataset, or "" for the usual ones.

    For example ``policy=once, protocol=growing, growing.chunk=500``, with the parameters of the protocol.
    """
    parts = changed_defaults(dataset)
    names = [part.partition("=")[0] for part in parts]
    return ", ".join(part for part, name in zip(parts, names, strict=True) if name in APART or "." in name)


def with_plain_datasets(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows whose datasets have only their name and title again.

    What ``comparable`` appended to both is moved to a column ``protocol``, such as ``examples=1000,reservoir=100``.
    """
    parts = [str(dataset).partition(" (") for dataset in rows["dataset"]]
    titles = zip(rows["dataset_title"], parts, strict=True)
    return rows.assign(
        dataset=[name for name, _, _ in parts],
        dataset_title=[str(title).removesuffix(f" ({rest}") if rest else title for title, (_, _, rest) in titles],
        protocol=[rest.removesuffix(")").replace(", ", ",") for _, _, rest in parts],
    )


def _newest_version(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the runs of each method's newest version, since other versions gave other results."""
    newest = rows.groupby(["setting", "method"])["method_version"].transform("max")
    return _where(rows, rows["method_version"] == newest)


def _where(rows: pd.DataFrame, chosen: "pd.Series[bool]") -> pd.DataFrame:
    """Return the chosen rows, without a copy if these are all."""
    return rows if chosen.all() else rows[chosen]


def _with_data(rows: pd.DataFrame) -> "pd.Series[str]":
    """Return the protocols, with the data's digest where a dataset's files have changed between runs."""
    several = rows.groupby(["setting", "dataset", "variant"])["dataset_digest"].transform("nunique") > 1
    changed = rows.loc[several, ["protocol", "dataset_digest"]]
    data = "data=" + changed["dataset_digest"].str[:8]
    joined = data.where(changed["protocol"] == "", changed["protocol"] + "," + data)
    return rows["protocol"].mask(several, joined.reindex(rows.index)) if several.any() else rows["protocol"]


def _parted(dataset: str, variant: str, protocol: str) -> tuple[str, str]:
    """Return the method's part of a variant, and the rest with the protocol as a suffix of the dataset's name."""
    changes = variant.split(",") if variant else []
    options = protocol.split(",") if protocol else []
    of_dataset = [text for text in changes if text.startswith(f"{dataset}.")]
    named = next((text.partition("=")[2] for text in options if text.startswith("protocol=")), "")
    of_protocol = [text for text in changes if named and text.startswith(f"{named}.")]
    differs = [*(text.removeprefix(f"{dataset}.") for text in of_dataset), *options, *of_protocol]
    kept = [text for text in changes if text not in of_dataset and text not in of_protocol]
    return ",".join(kept), f" ({', '.join(differs)})" if differs else ""


def measured(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the checkpoints of finished runs at which the metric is known, with a fresh index.

    A run that was done more than once, say with further metrics or by another version of a method, counts once: the
    one that started last.

    Missing columns are filled in: ``method_title`` and ``dataset_title`` with the names, ``key`` with a number for each
    run, ``variant`` and ``diverged`` with the empty text.
    """
    rows = frame[(frame["status"] == "done") & frame[metric].notna()].reset_index(drop=True)
    rows["variant"] = rows["variant"].astype(object).fillna("")
    for name in ("method", "dataset"):
        titles = rows.get(f"{name}_title", rows[name])
        rows[f"{name}_title"] = titles.astype(object).fillna(rows[name])
    if "diverged" not in rows:
        rows["diverged"] = ""
    if "key" not in rows:
        rows["key"] = rows.groupby([*GROUP, "trial"], sort=False).ngroup()
    return _latest(rows)


def _latest(rows: pd.DataFrame) -> pd.DataFrame:
    runs = rows.drop_duplicates("key")
    by_start = runs.sort_values("started", kind="stable") if "started" in runs else runs
    kept = by_start.drop_duplicates([*GROUP, "trial"], keep="last")["key"]
    return rows if len(kept) == len(runs) else rows[rows["key"].isin(kept)].reset_index(drop=True)


def how_measured(rows: pd.DataFrame, column: str) -> list[str]:
    """Return how a column of some runs was measured, if that has to be said, as sentences."""
    pairs = set(zip(rows["setting"], rows["dataset"], strict=True))
    notes = [setting_of(setting).how_measured(column, dataset) for setting, dataset in sorted(pairs)]
    return list(filter(None, dict.fromkeys(notes)))

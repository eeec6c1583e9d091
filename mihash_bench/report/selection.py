"""Which rows of the results belong into one comparison."""

import pandas as pd

RUN = ["setting", "dataset", "protocol", "method", "variant", "bits", "trigger", "trial"]


def comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of finished runs, ready for comparing.

    A run done more than once (say with other metrics, or by another version of a method) counts once, the one
    started last. Streams of another protocol than the default's, and datasets made with other parameters, become a
    dataset of their own, named after what differs, so that runs which cannot be compared never share a panel or a row.
    """
    done = frame[frame["status"] == "done"]
    runs = done.drop_duplicates("key").sort_values("started").drop_duplicates(RUN, keep="last")
    chosen = done[done["key"].isin(runs["key"])].copy()
    parts = [_parted(*row) for row in zip(chosen["dataset"], chosen["variant"], chosen["protocol"], strict=True)]
    chosen["variant"] = [variant for variant, _ in parts]
    for column in ("dataset", "dataset_title"):
        chosen[column] = [name + suffix for name, (_, suffix) in zip(chosen[column], parts, strict=True)]
    return chosen


def _parted(dataset: str, variant: str, protocol: str) -> tuple[str, str]:
    """Return what of a variant is the method's, and the rest with the protocol as an addition to the dataset's name."""
    changes = variant.split(",") if variant else []
    of_dataset = [text for text in changes if text.startswith(f"{dataset}.")]
    differs = [text.removeprefix(f"{dataset}.") for text in of_dataset] + (protocol.split(",") if protocol else [])
    return ",".join(text for text in changes if text not in of_dataset), f" ({', '.join(differs)})" if differs else ""

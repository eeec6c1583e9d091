"""Which rows of the results belong into one comparison."""

import pandas as pd

RUN = ["setting", "dataset", "protocol", "method", "variant", "bits", "trigger", "trial"]


def comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of finished runs, ready for comparing.

    A run done more than once (say with other metrics, or by another version of a method) counts once, the one
    started last. Streams of another protocol than the default's become a dataset of their own, named after what
    differs, so that runs which cannot be compared never share a panel or a row.
    """
    done = frame[frame["status"] == "done"]
    runs = done.drop_duplicates("key").sort_values("started").drop_duplicates(RUN, keep="last")
    chosen = done[done["key"].isin(runs["key"])].copy()
    suffix = chosen["protocol"].map(lambda text: f" ({text.replace(',', ', ')})" if text else "")
    chosen["dataset"] = chosen["dataset"] + suffix
    chosen["dataset_title"] = chosen["dataset_title"] + suffix
    return chosen

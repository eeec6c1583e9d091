"""Importing data of the user."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mihash_bench.api.given import PathLike, path_in
from mihash_bench.errors import unknown
from mihash_bench.own_data.importing import import_data
from mihash_bench.own_data.request import Request
from mihash_bench.own_data.seen import Seen


def import_dataset(
    features: PathLike | ArrayLike,
    labels: PathLike | ArrayLike | Sequence[Any] | None = None,
    *,
    name: str,
    queries: int | PathLike | ArrayLike | None = None,
    query_labels: PathLike | ArrayLike | Sequence[Any] | None = None,
    data_dir: PathLike | None = None,
    **options: Any,
) -> Seen:
    """Import a dataset of your own, as ``mihash-bench datasets import`` does; ``run(dataset=name)`` uses it then.

    features: a file, a folder of images or an array of shape (n, d). labels: a file, an array of n numbers or texts, a
    matrix of 0 and 1, or a list of n lists of labels. queries: how many are drawn, or a file or an array with the
    queries, whose labels are ``query_labels``. data_dir: the folder below which the dataset is kept; None for the
    user's data folder. options: those of the command line by name: array, label_column, label_separator,
    query_column, neighbors, normalize, title, citation, stream_length, drop_duplicates, replace and pixels.

    Returns what was seen; printed, it is the report of the command line. Raises InputError, naming the option of the
    command line, if the data cannot be used.
    """
    known = {each.name for each in fields(Request)}
    for option in options:
        if option not in known:
            raise unknown("option", option, known)
    drawn = queries is None or isinstance(queries, int | np.integer)
    count = int(queries) if drawn and queries is not None else None  # type: ignore[arg-type]
    folder = None if data_dir is None else path_in("data_dir", data_dir)
    return import_data(
        Request(
            features=features, name=name, labels=labels, queries=count, queries_file=None if drawn else queries,
            query_labels=query_labels, data_dir=folder, **options,
        )
    )  # fmt: skip

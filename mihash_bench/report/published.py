"""Figures that others published, to stand beside ours."""

from importlib.resources import files
from io import StringIO

import pandas as pd


def published() -> pd.DataFrame:
    """Return the published figures.

    Columns: experiment (online, batch), setting (dataset of an online figure, number of a batch setting), method,
    bits, map, source, protocol.
    """
    return pd.read_csv(StringIO((files("mihash_bench.report") / "published.csv").read_text()), dtype={"setting": str})


def published_online(dataset: str, method: str, bits: int) -> pd.DataFrame:
    """Return the published figures of one online method, matched by dataset, method title and code length."""
    every = published()
    same = (every["experiment"] == "online") & (every["setting"] == dataset)
    return every[same & (every["method"] == method) & (every["bits"] == bits)]

"""The summary as text: header, labels and cells, before any format of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.metrics.base import parse_metric
from mihash_bench.report.significance import FLIPS, LEVEL
from mihash_bench.report.titles import series_title

PLACE = ["setting", "dataset", "bits"]
BOLD_COLUMNS = ("final", "auc")
DECIMALS = {"final": 3, "auc": 3, "updates": 1, "bit_recomputations": 0, "train_s": 2}
COLUMN_TITLES = {
    "auc": "AUC",
    "updates": "Updates",
    "bit_recomputations": "Bit recomputations",
    "train_s": "Train (s)",
}
DIFFERS = "*"
TRAIN_S = list(DECIMALS).index("train_s")  # its place among a row's cells


@dataclass(frozen=True)
class Cell:
    """A mean and its standard deviation as displayed, the latter empty for one trial.

    differs: whether it differs significantly from the best.
    """

    mean: str
    sd: str = ""
    best: bool = False
    differs: bool = False

    def __str__(self) -> str:
        """Return ``0.474 ± 0.010``, or the mean alone, with an asterisk where it differs from the best."""
        return (f"{self.mean} ± {self.sd}" if self.sd else self.mean) + (DIFFERS if self.differs else "")


@dataclass(frozen=True)
class Row:
    """One line: where it belongs (dataset, bits), who it is (method, trigger), its cells in the header's order."""

    place: tuple[str, str]
    labels: tuple[str, str]
    cells: list[Cell]


def header(metric: str) -> list[str]:
    """Return the titles of the cells: final metric, AUC, updates, bit recomputations, training time, trials."""
    return [metric, *COLUMN_TITLES.values(), "Trials"]


def rows_of(block: pd.DataFrame) -> list[Row]:
    """Return a summary's lines; in each setting, dataset and code length all that show the best mean are marked."""
    columns = [_cells(block, name) for name in DECIMALS]
    trials = [Cell(str(number)) for number in block["trials"]]
    names = [series_title(*pair) for pair in zip(block["method_title"], block["variant"], strict=True)]
    places = zip(_datasets(block), block["bits"].astype(str), strict=True)
    labels = zip(names, block["trigger"], strict=True)
    lines = zip(places, labels, zip(*columns, trials, strict=True), strict=True)
    return [Row(place, label, list(cells)) for place, label, cells in lines]


def explanation(block: pd.DataFrame, metric: str) -> str:
    """Return what the cells mean: metric, ties, trials, spread, bold."""
    fewest, most = int(block["trials"].min()), int(block["trials"].max())
    trials = f"{most} trials" if fewest == most else f"{fewest} to {most} trials"
    spread = "a single trial" if most == 1 else f"mean ± standard deviation (n-1) over {trials}"
    return (
        f"{metric}{ties_of(metric)} at the end of the stream and its mean over the checkpoints (AUC); "
        f"{spread}; best mean of each dataset and code length in bold{_test(block)}"
    )


def tested(block: pd.DataFrame) -> bool:
    """Say whether a summary has comparisons with the best of each block."""
    return "p_adjusted" in block and bool(block["p_adjusted"].notna().any())


def _test(block: pd.DataFrame) -> str:
    """Return what the asterisks mean, if comparisons were made."""
    if not tested(block):
        return ""
    queries = ", ".join(f"{int(number):,}" for number in sorted(set(block["queries"].dropna())))
    return (
        f"; {DIFFERS} worse in every trial and by a paired randomisation test on the AP of each query "
        f"(mean over trials), {queries} queries, at least {FLIPS:,} sign flips, Holm over all pairs of a dataset and "
        f"code length, level {LEVEL}"
    )


def ties_of(metric: str) -> str:
    """Return how the metric treats ties, in brackets; empty if it has none or if its family is not installed."""
    try:
        note = parse_metric(metric).ties_note
    except InputError:
        return ""
    return f" ({note})" if note else ""


def _datasets(block: pd.DataFrame) -> Sequence[str]:
    several = block["setting"].nunique() > 1
    both = zip(block["dataset_title"], block["setting"], strict=True)
    return [f"{title}, {setting}" if several else title for title, setting in both]


def cell_of(row: pd.Series, name: str) -> Cell:
    """Return mean and standard deviation of one of a summary's columns, in one of its rows."""
    decimals, sd = DECIMALS[name], row[f"{name}_sd"]
    return Cell(f"{row[f'{name}_mean']:,.{decimals}f}", "" if pd.isna(sd) else f"{sd:,.{decimals}f}")


def _cells(block: pd.DataFrame, name: str) -> list[Cell]:
    cells = [cell_of(row, name) for _, row in block.iterrows()]
    best = _best(block, [cell.mean for cell in cells]) if name in BOLD_COLUMNS else [False] * len(block)
    marked = name == "final" and "p_adjusted" in block
    differs = _differs(block).tolist() if marked else [False] * len(block)
    return [replace(c, best=b, differs=d and not b) for c, b, d in zip(cells, best, differs, strict=True)]


def _differs(block: pd.DataFrame) -> pd.Series:
    """Say which rows differ from the best: by the test over queries, and in every trial in the same direction."""
    return (block["p_adjusted"] < LEVEL) & (block["trials_agree"] == block["trials_compared"])


def _best(block: pd.DataFrame, means: Sequence[str]) -> list[bool]:
    """Compare what is displayed: two that look the same are equally good."""
    shown = pd.Series([float(mean.replace(",", "")) for mean in means], index=block.index)
    highest = shown.groupby([block[name] for name in PLACE]).transform("max")
    return (shown == highest).tolist()

"""Tables of a batch setting as the paper has them: a line a method, a column a code length."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mihash_bench.report.cells import DIFFERS, TRAIN_S, Cell, rows_of, tested, ties_of
from mihash_bench.report.latex import escaped, line, number, table_environment
from mihash_bench.report.published import BATCH_PROTOCOL, OF_ROWS, published_name
from mihash_bench.report.titles import file_safe, series_title

NOTHING = "--"
PUBLISHED = "published"
MIB = 2**20


@dataclass(frozen=True)
class Line:
    """One method: its name; what it was published as; what was set for it if its name does not say so; then by code
    length ours, what was published (if asked), seconds and MiB."""

    name: str
    title: str
    settings: str
    ours: list[Cell | None]
    published: list[float]
    seconds: list[Cell | None]
    memory: list[float]


@dataclass(frozen=True)
class BatchTable:
    """The summary of one setting, dataset and metric, arranged by method and code length."""

    dataset: str
    setting: str
    metric: str
    bits: list[int]
    lines: list[Line]
    trials: str
    tested: bool
    has_published: bool

    @property
    def said(self) -> str:
        """What the cells mean."""
        test = f"; {DIFFERS} worse than the best of its column in every trial and by the test over queries"
        return (
            f"{self.metric}{ties_of(self.metric)} after the last epoch, {self.dataset}, {self.setting}: {self.trials}; "
            f"best of each column in bold{test if self.tested else ''}{self._settings}"
        )

    @property
    def _settings(self) -> str:
        found = [each.settings for each in self.lines if each.settings]
        return f"; set otherwise than by default: {'; '.join(found)}" if found else ""

    @property
    def notes(self) -> list[str]:
        """What must be said of the other columns."""
        costs = (
            "Seconds to train and MiB that training added to its process (training points, and what is kept of each "
            "epoch that is looked at)."
        )
        return [costs, *([f"{self._published}."] if self.has_published else [])]

    @property
    def _published(self) -> str:
        """Where the published figures of this table are from."""
        shown = [line.title for line in self.lines if not np.isnan(line.published).all()]
        more = [text for title, text in OF_ROWS.items() if title in shown]
        return "; ".join([BATCH_PROTOCOL, *more])


def batch_tables(block: pd.DataFrame, metric: str) -> list[BatchTable]:
    """Arrange a summary's rows of batch settings, a table for each setting and dataset."""
    groups = block.groupby(["setting", "dataset"], sort=False)
    return [_table(rows, str(setting), metric) for (setting, _), rows in groups]


def _table(block: pd.DataFrame, setting: str, metric: str) -> BatchTable:
    bits = sorted(int(each) for each in set(block["bits"]))
    cells = dict(zip(block.index, rows_of(block), strict=True))
    lines = []
    names = sorted(set(zip(block["method_title"], block["variant"], strict=True)))
    for title, variant in names:
        mine = block[(block["method_title"] == title) & (block["variant"] == variant)]
        at = {int(length): index for index, length in mine["bits"].items()}
        several = sum(other == title for other, _ in names) > 1
        lines.append(
            Line(
                series_title(title, variant) if several else title,
                published_name(title, variant) or "",
                "" if several or not variant else f"{title}: {variant.replace(',', ', ')}",
                [cells[at[b]].cells[0] if b in at else None for b in bits],
                [float(mine.loc[at[b], PUBLISHED]) if b in at and PUBLISHED in mine else np.nan for b in bits],
                [cells[at[b]].cells[TRAIN_S] if b in at else None for b in bits],
                [float(mine.loc[at[b], "train_memory_bytes_mean"]) / MIB if b in at else np.nan for b in bits],
            )
        )
    fewest, most = int(block["trials"].min()), int(block["trials"].max())
    trials = f"{most} trials" if fewest == most else f"{fewest} to {most} trials ({_trials(block)})"
    spread = "one trial" if most == 1 else f"mean ± standard deviation (n-1) over {trials}, training points drawn anew"
    has_published = PUBLISHED in block and bool(block[PUBLISHED].notna().any())
    title = str(block["dataset_title"].iloc[0])
    return BatchTable(title, setting, metric, bits, lines, spread, tested(block), has_published)


def _trials(block: pd.DataFrame) -> str:
    """Return how many trials each method has, where they differ."""
    by_method = block.groupby("method_title")["trials"]
    parts = zip(by_method.min().items(), by_method.max(), strict=True)
    return ", ".join(f"{title} {low}" if low == high else f"{title} {low} to {high}" for (title, low), high in parts)


def _columns(table: BatchTable) -> list[tuple[str, str]]:
    """Return the columns after the name: their two titles."""
    of_map = [(f"{b} bits", kind) for b in table.bits for kind in ("ours", PUBLISHED)[: 1 + table.has_published]]
    return [*of_map, *((f"{b} bits", "s") for b in table.bits), *((f"{b} bits", "MiB") for b in table.bits)]


def _cells(table: BatchTable, row: Line) -> list[Cell]:
    """Return a line's cells in the order of the columns."""
    empty = Cell(NOTHING)
    found: list[Cell] = []
    for ours, published in zip(row.ours, row.published, strict=True):
        found.append(ours or empty)
        if table.has_published:
            found.append(empty if np.isnan(published) else Cell(f"{published:.3f}"))
    found += [Cell(cell.mean) if cell else empty for cell in row.seconds]
    return found + [empty if np.isnan(mib) else Cell(f"{mib:,.0f}") for mib in row.memory]


def batch_markdown(table: BatchTable) -> tuple[list[str], list[list[Cell | str]], str]:
    """Return titles, rows and what is said below."""
    kinds = {"ours": "", "s": ", train (s)", "MiB": ", MiB", PUBLISHED: f", {PUBLISHED}"}
    titles = ["Method", *(f"{bits}{kinds[kind]}" for bits, kind in _columns(table))]
    rows: list[list[Cell | str]] = [[row.name, *_cells(table, row)] for row in table.lines]
    return titles, rows, " ".join([f"{table.said}.", *table.notes])


def batch_latex(table: BatchTable, notes: Sequence[str] = (), label: str = "") -> str:
    """Return one complete table environment: mAP by code length, and below it seconds and memory."""
    width = 1 + table.has_published
    groups = [rf"\multicolumn{{{width}}}{{c}}{{{b} bits}}" for b in table.bits]
    kinds = ["ours", PUBLISHED][:width] * len(table.bits) if table.has_published else []
    body = [line(["Method", *groups])]
    if kinds:
        body.append(line(["", *map(escaped, kinds)]))
    wide = len(table.bits) * width
    body += [r"\midrule", *(line([escaped(r.name), *map(_number, _cells(table, r)[:wide])]) for r in table.lines)]
    body += _costs_latex(table, width)
    columns = "l" + "r" * wide
    name = label or "-".join([table.setting, file_safe(table.dataset), file_safe(table.metric)])
    return table_environment(table.said, [*table.notes, *notes], name, columns, body)


def _costs_latex(table: BatchTable, width: int) -> list[str]:
    lines = []
    wide = len(table.bits)
    for title, start in (("Training time (s)", wide * width), ("Training memory (MiB)", wide * width + wide)):
        heading = line([rf"\multicolumn{{{1 + wide * width}}}{{l}}{{\emph{{{escaped(title)}}}}}"])
        lines += [r"\midrule", heading]
        for row in table.lines:
            costs = [_number(cell) for cell in _cells(table, row)[start : start + wide]]
            lines.append(line([escaped(row.name), *(text for cost in costs for text in [cost, *[""] * (width - 1)])]))
    return lines


def _number(cell: Cell) -> str:
    return NOTHING if cell.mean == NOTHING else number(cell)

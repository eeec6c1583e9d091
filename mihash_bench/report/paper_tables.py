"""The tables of the paper's online experiments."""

from collections.abc import Sequence

import pandas as pd

from mihash_bench.metrics.average_precision import MAP_EXPECTED
from mihash_bench.report.cells import Cell, cell_of
from mihash_bench.report.latex import escaped, line, number, table_environment
from mihash_bench.report.published import published_online
from mihash_bench.report.statistics import summary
from mihash_bench.report.titles import series_title

NOT_RUN = "--"
# How the authors' code breaks ties.
PUBLISHED_METRIC = "mAP[ties=index]"
UPDATE_TITLES = ["Method", "Updates, off", "Updates, on", "off / on", "Bit recomputations, on", "{}, off", "{}, on"]


def updates_table(frame: pd.DataFrame, metric: str, notes: Sequence[str]) -> str:
    """Return hash table updates and the final metric with the trigger off and on, a block a dataset, as LaTeX."""
    titles = [title.format(metric) for title in UPDATE_TITLES]
    table = summary(frame, metric)
    names = _names(table)
    lines = []
    for part in dict.fromkeys(frame["dataset"]):
        here = table[table["dataset"] == part]
        heading = escaped(f"{here['dataset_title'].iloc[0]}, {_listed(here['bits'])} bits")
        lines += [r"\midrule", line([rf"\multicolumn{{{len(titles)}}}{{l}}{{\emph{{{heading}}}}}"])]
        lines += [line([escaped(name), *_updates(here[names.loc[here.index] == name])]) for name in sorted(set(names))]
    said = f"Hash table updates and final {metric} with Trigger Update off and on. {_spread(table)} {NOT_RUN}: not run"
    header = line([escaped(title) for title in titles])
    return table_environment(said, notes, "updates", "l" + "r" * (len(titles) - 1), [header, *lines])


def online_table(
    frame: pd.DataFrame, compared: pd.DataFrame, metric: str, notes: Sequence[str], differs: str = ""
) -> str:
    """Return the final metric and its AUC with the trigger on, a pair of columns a dataset, as LaTeX.

    Below stand the published figures beside the runs in their protocol (``compared``), if there are any, with
    what is known to differ all the same.
    """
    table = summary(frame[frame["trigger"] == "on"], metric)
    parts = list(dict.fromkeys(frame["dataset"]))
    titles = [table[table["dataset"] == part]["dataset_title"].iloc[0] for part in parts]
    groups = [rf"\multicolumn{{2}}{{c}}{{{escaped(title)}}}" for title in titles]
    rows = [
        line([escaped(str(name)), *(text for part in parts for text in _pair(of[of["dataset"] == part], table))])
        for name, of in table.groupby(_names(table))
    ]
    columns = 1 + 2 * len(parts)
    header = [line(["", *groups]), line(["Method", *[metric, "AUC"] * len(parts)])]
    said = (
        f"Final {metric} ({MAP_EXPECTED.ties_note}) and its mean over the checkpoints (AUC), Trigger Update on, "
        f"{_listed(table['bits'])} bits. {_spread(table)} {NOT_RUN}: not run; "
        f"best of each column in bold"
    )
    body = [*header, r"\midrule", *rows, *_published_lines(compared, columns, differs)]
    return table_environment(said, notes, "online", "l" + "rr" * len(parts), body)


def _names(table: pd.DataFrame) -> pd.Series:
    """Return how each row's method and variant are called."""
    pairs = zip(table["method_title"], table["variant"], strict=True)
    return pd.Series([series_title(*pair) for pair in pairs], index=table.index)


def _updates(rows: pd.DataFrame) -> list[str]:
    """Return the cells of one method: updates off, on, their ratio, recomputations, metric off, on."""
    off, on = (rows[rows["trigger"] == trigger] for trigger in ("off", "on"))
    ratio = NOT_RUN
    # Below one update a trial a ratio says nothing.
    if len(off) and len(on) and on["updates_mean"].iloc[0] >= 1:
        ratio = number(Cell(f"{off['updates_mean'].iloc[0] / on['updates_mean'].iloc[0]:.1f}"))
    places = [(off, "updates"), (on, "updates"), (on, "bit_recomputations"), (off, "final"), (on, "final")]
    cells = [_text(block, name) for block, name in places]
    return [*cells[:2], ratio, *cells[2:]]


def _pair(rows: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    if rows.empty:
        return [NOT_RUN, NOT_RUN]
    rivals = table[table["dataset"] == rows["dataset"].iloc[0]]
    return [_text(rows, name, rivals) for name in ("final", "auc")]


def _text(rows: pd.DataFrame, name: str, rivals: pd.DataFrame | None = None) -> str:
    if rows.empty:
        return NOT_RUN
    cell = cell_of(rows.iloc[0], name)
    best = rivals is not None and cell.mean == max((cell_of(row, name).mean for _, row in rivals.iterrows()), key=float)
    return number(Cell(cell.mean, cell.sd, best))


def _published_lines(compared: pd.DataFrame, columns: int, differs: str) -> list[str]:
    known = f" ({differs})" if differs else ""
    lines = []
    for _, ours in summary(compared, PUBLISHED_METRIC).iterrows() if len(compared) else ():
        for _, theirs in published_online("cifar10", ours["method_title"], ours["bits"]).iterrows():
            said = (
                f"{ours['method_title']}, {ours['dataset_title']}, {ours['bits']} bits, {ours['variant']}, "
                f"trigger {ours['trigger']}, {PUBLISHED_METRIC}: ours {cell_of(ours, 'final')} "
                f"(trials: {ours['trials']}){known}, published {theirs['map']:.3f} "
                f"({theirs['source']}: {theirs['protocol']})"
            )
            lines.append(line([rf"\multicolumn{{{columns}}}{{p{{0.9\linewidth}}}}{{{escaped(said)}}}"]))
    return [r"\midrule", *lines] if lines else []


def _spread(table: pd.DataFrame) -> str:
    trials = _listed(table["trials"])
    return "One trial." if trials == "1" else f"Mean ± standard deviation (n-1) over {trials} trials."


def _listed(numbers: pd.Series) -> str:
    return ", ".join(str(number) for number in sorted(set(numbers)))

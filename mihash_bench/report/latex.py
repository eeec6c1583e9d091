"""The summary as a LaTeX table."""

from collections.abc import Sequence
from itertools import groupby

import pandas as pd

from mihash_bench.report.cells import DIFFERS, Cell, Row, explanation, header, rows_of
from mihash_bench.report.titles import file_safe

# Braces keep a bracket at the start of a row from being read as the argument of the line break before it.
_ESCAPED = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "[": "{[}", "]": "{]}",
}  # fmt: skip


def latex_table(block: pd.DataFrame, metric: str, notes: Sequence[str] = ()) -> str:
    """Return one complete table environment with booktabs rules; ``block`` is the summary of one metric, ``notes`` what
    the caption says beside."""
    titles = ["Method", "Trigger", *header(metric)]
    body = [line([escaped(title) for title in titles]), *_groups(rows_of(block), len(titles))]
    said = [f"{note}." for note in notes]
    return table_environment(explanation(block, metric), said, file_safe(metric), f"ll{'r' * (len(titles) - 2)}", body)


def table_environment(said: str, notes: Sequence[str], label: str, columns: str, body: Sequence[str]) -> str:
    """Return a table environment around the lines of a tabular; ``said`` and ``notes`` are its caption, unescaped."""
    caption = escaped(" ".join([f"{said}.", *notes]))
    return "\n".join([
        r"% needs \usepackage{booktabs}; in a two-column paper write table* for table",
        r"\begin{table}",
        r"\centering",
        r"\footnotesize",
        rf"\caption{{{caption}}}",
        rf"\label{{tab:{label}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
        "",
    ])  # fmt: skip


def escaped(text: str) -> str:
    """Return text that LaTeX sets as it is."""
    return "".join(_ESCAPED.get(character, character) for character in text)


def _groups(rows: list[Row], columns: int) -> list[str]:
    lines: list[str] = []
    for (dataset, bits), members in groupby(rows, key=lambda row: row.place):
        title = rf"\multicolumn{{{columns}}}{{l}}{{\emph{{{escaped(dataset)}, {bits} bits}}}}"
        lines += [r"\midrule", line([title])]
        lines += [line([*map(escaped, row.labels), *map(number, row.cells)]) for row in members]
    return lines


def number(cell: Cell) -> str:
    """Return a cell as a formula, bold if it is the best."""
    # In math a bare comma is punctuation and gets a space.
    text = str(cell).replace("±", r"\pm").replace(",", "{,}").replace(DIFFERS, f"^{{{DIFFERS}}}")
    return rf"$\mathbf{{{text}}}$" if cell.best else f"${text}$"


def line(cells: list[str]) -> str:
    """Return one line of a tabular."""
    return " & ".join(cells) + r" \\"

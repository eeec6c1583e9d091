"""Summary tables: final metric, AUC, updates and bit recomputations, as LaTeX, Markdown and CSV."""

from collections.abc import Sequence

import pandas as pd

from mihash_bench.report.curves import series_title
from mihash_bench.report.statistics import summary

PLACE = ["dataset_title", "bits"]
BOLD_COLUMNS = ("final", "auc")
DECIMALS = {"final": 3, "auc": 3, "updates": 1, "bit_recomputations": 0, "train_s": 1}
PLUS_MINUS = " ± "

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$",
}  # fmt: skip


def summary_table(frame: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Return the rows of ``statistics.summary``, one block a metric; full precision."""
    return pd.concat([summary(frame, metric) for metric in metrics], ignore_index=True)


def to_csv(table: pd.DataFrame) -> str:
    """Return the numbers in full precision, mean and standard deviation in columns of their own."""
    return table.to_csv(index=False)


def to_markdown(table: pd.DataFrame) -> str:
    """Return pipe tables, one a metric, with what the cells mean said below."""
    return "\n\n".join(_markdown_block(block, str(metric)) for metric, block in table.groupby("metric", sort=False))


def _markdown_block(block: pd.DataFrame, metric: str) -> str:
    header, rows = formatted(block, metric, bold="**{}**")
    lines = [header, ["---"] * len(header), *rows]
    text = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return f"{text}\n\n{explanation(block, metric)}"


def to_latex(table: pd.DataFrame) -> str:
    """Return table environments with booktabs rules, one a metric; every label is escaped."""
    return "\n".join(_latex_block(block, str(metric)) for metric, block in table.groupby("metric", sort=False))


def _latex_block(block: pd.DataFrame, metric: str) -> str:
    header, rows = formatted(block, metric, bold="\0{}\1")
    body = [" & ".join(_latex(cell) for cell in row) + r" \\" for row in rows]
    columns = "lrll" + "r" * (len(header) - 4)
    return "\n".join([
        "% needs \\usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_latex(explanation(block, metric))}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        " & ".join(_latex(cell) for cell in header) + r" \\",
        r"\midrule",
        *_with_rules(body, rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
        "",
    ])  # fmt: skip


def _with_rules(body: list[str], rows: list[list[str]]) -> list[str]:
    """Put a rule before each new dataset or code length."""
    lines: list[str] = []
    for number, line in enumerate(body):
        if number and rows[number][:2] != rows[number - 1][:2]:
            lines.append(r"\midrule")
        lines.append(line)
    return lines


def _latex(text: str) -> str:
    escaped = "".join(_LATEX.get(character, character) for character in text)
    return escaped.replace("\0", r"\textbf{").replace("\1", "}")


def explanation(block: pd.DataFrame, metric: str) -> str:
    """Return what the cells mean: metric, ties, trials, spread, bold."""
    fewest, most = int(block["trials"].min()), int(block["trials"].max())
    trials = f"{most} trials" if fewest == most else f"{fewest} to {most} trials"
    ties = "ties in database order" if _index_ties(metric) else "mean over all orders of ties"
    spread = "a single trial" if most == 1 else f"mean ± standard deviation (n-1) over {trials}"
    ball = metric.startswith("P@r")
    return (
        f"{metric}{'' if ball else f' ({ties})'} at the end of the stream and its mean over the checkpoints (AUC); "
        f"{spread}; best mean of each dataset and code length in bold"
    )


def _index_ties(metric: str) -> bool:
    return "ties=index" in metric or (metric.startswith("mAP@") and "[" not in metric)


def formatted(block: pd.DataFrame, metric: str, *, bold: str) -> tuple[list[str], list[list[str]]]:
    """Return header and cells as text; the best mean of each dataset and code length is put into ``bold``.

    All that show the same best mean are bold.
    """
    header = [
        "Dataset",
        "Bits",
        "Method",
        "Trigger",
        metric,
        f"AUC {metric}",
        "Updates",
        "Bit recomputations",
        "Train s",
    ]
    shown = {name: _shown(block, name) for name in DECIMALS}
    for name in BOLD_COLUMNS:
        means = block[f"{name}_mean"].round(DECIMALS[name])
        best = means.groupby([block[column] for column in PLACE]).transform("max")
        shown[name] = [
            bold.format(cell) if is_best else cell for cell, is_best in zip(shown[name], means == best, strict=True)
        ]
    names = [series_title(*pair) for pair in zip(block["method_title"], block["variant"], strict=True)]
    about = zip(block["dataset_title"], block["bits"].astype(str), names, block["trigger"], strict=True)
    return header, [[*left, *right] for left, right in zip(about, zip(*shown.values(), strict=True), strict=True)]


def _shown(block: pd.DataFrame, name: str) -> list[str]:
    """Return a column's cells, without a deviation where there is a single trial."""
    decimals = DECIMALS[name]
    return [
        f"{mean:,.{decimals}f}" if pd.isna(sd) else f"{mean:,.{decimals}f}{PLUS_MINUS}{sd:,.{decimals}f}"
        for mean, sd in zip(block[f"{name}_mean"], block[f"{name}_sd"], strict=True)
    ]

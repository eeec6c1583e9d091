"""The report of the paper study as a PDF of two pages, set by LaTeX."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from mihash_bench.report.formats.latex import to_latex
from mihash_bench.report.html.page import resource
from mihash_bench.report.making import made_text
from mihash_bench.report.paper.account import TITLE, Account
from mihash_bench.report.tables.model import Table
from mihash_bench.text import latex_text

COMPILER = "pdflatex"
SECONDS = 120
_ERROR = re.compile(r"^! (.*)$", re.MULTILINE)


def latex_document(account: Account, facts: Mapping[str, Any] | None) -> str:
    """Return the document, which includes ``<figure>.pdf`` of each figure. facts: what made it, or None for nothing."""
    templates = Environment(
        loader=FunctionLoader(resource), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        block_start_string="<%", block_end_string="%>", variable_start_string="<<", variable_end_string=">>",
        comment_start_string="<#", comment_end_string="#>", autoescape=False,
    )  # fmt: skip
    templates.filters["latex"] = latex_text
    return templates.get_template("paper.tex").render(
        title=TITLE, account=account, tables=[_table(table) for table in account.tables],
        made=made_text(facts) if facts else "",
    )  # fmt: skip


def _table(table: Table) -> str:
    """Return a table that stays where it is; the page has a single column.

    Only its first panel is set, in small type, because the document has two pages. Times and memory are in the HTML
    page.
    """
    text = to_latex([replace(table, panels=table.panels[:1])])
    smaller = text.replace(r"\footnotesize", r"\scriptsize")
    return smaller.replace("{table*}", "{table}").replace(r"\begin{table}", r"\begin{table}[H]")


def compiled(document: str, folder: Path, name: str) -> tuple[Sequence[Path], str]:
    """Set a document in a folder that holds its figures, and return its PDF, or why there is none.

    Both are empty if LaTeX is not installed.
    """
    if shutil.which(COMPILER) is None:
        return [], ""
    source = folder / f"{name}.tex"
    source.write_text(document, encoding="utf-8", newline="\n")
    command = [COMPILER, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", source.name]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return [], f"{name}.pdf was not made: {COMPILER} did not end as usual ({type(error).__name__})"
    if done.returncode:
        found = _ERROR.search(done.stdout.decode(errors="replace"))
        return [], f"{name}.pdf was not made: {COMPILER} says {found[1] if found else 'nothing'}"
    return [folder / f"{name}.pdf"], ""

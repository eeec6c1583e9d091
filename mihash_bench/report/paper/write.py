"""Writing the figures and tables of the paper study."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mihash_bench.report.data.selection import how_measured
from mihash_bench.report.figures.curves import EPOCH, epoch_note
from mihash_bench.report.figures.design import Design
from mihash_bench.report.figures.figure import Grid, draw_figure
from mihash_bench.report.formats.csv_cells import with_text_cells
from mihash_bench.report.formats.latex import to_latex
from mihash_bench.report.making import Making, latex_comment, write_provenance
from mihash_bench.report.paper.account import account_of
from mihash_bench.report.paper.document import compiled, latex_document
from mihash_bench.report.paper.figures import figures_of, points
from mihash_bench.report.paper.runs import BATCH, BATCH_2, PARTS, PUBLISHED, PaperRuns
from mihash_bench.report.paper.tables import batch_2_table, batch_table, online_table, updates_table
from mihash_bench.report.paper.web_page import web_page
from mihash_bench.report.tables.model import Table
from mihash_bench.report.together import write_together

# How each table is built, and the parts of the study that it shows.
TABLES: dict[str, tuple[Callable[[PaperRuns], Table], tuple[str, ...]]] = {
    "table-updates": (updates_table, PARTS),
    "table-online": (online_table, (*PARTS, PUBLISHED)),
    "table-batch-setting1": (batch_table, (BATCH,)),
    "table-batch-setting2": (batch_2_table, (BATCH_2,)),
}


def write_paper(
    runs: PaperRuns,
    folder: Path,
    making: Making | None = None,
    complain: Callable[[str], None] = lambda line: None,
) -> list[Path]:
    """Write the paper's figures (PDF, PNG, CSV), tables (tex) and report and return their paths.

    None appears before all exist.

    ``fig-trigger-cifar10``: each method with the trigger on and off on CIFAR-10. ``fig-online``: all methods with the
    trigger on, a panel for each dataset. ``fig-trigger-seconds``: as ``fig-trigger-cifar10``, over the seconds of
    coding the table. ``fig-cost``: all methods over bit recomputations and training time.
    ``table-updates.tex``, ``table-online.tex``: table updates and mAP. ``fig-batch-setting1`` and
    ``fig-batch-setting1-objective``: mAP and objective of the batch methods over epochs.
    ``table-batch-setting1.tex``: their mAP and published figures, with training time and memory.
    ``table-batch-setting2.tex``: the same of Setting 2, if there are runs of it. ``report.html`` and, if LaTeX is
    installed, ``paper.pdf``: claims, figures and tables on two pages. complain: is given the reason if LaTeX cannot set
    the latter. making: what the files say about how they were made, inside and in ``<stem>.provenance.json``; None for
    nothing. Raises InputError if ``folder`` cannot be written.
    """
    return write_together(
        folder,
        lambda workshop: [
            *write_figures(runs, workshop, making),
            *write_tables(runs, workshop, making),
            *_report(runs, workshop, making, complain),
        ],
    )


def write_figures(runs: PaperRuns, folder: Path, making: Making | None = None) -> list[Path]:
    """Write the figures (PDF, PNG, CSV) alone, and return their paths."""
    paths = []
    for name, (grid, parts) in figures_of(runs).items():
        notes = runs.notes_on(*parts)
        keys = [key for line in grid for panel in line for key in panel.rows["key"].unique()]
        facts = None if making is None else making.facts(keys, [f"{name}.{ending}" for ending in ("pdf", "png", "csv")])
        paths += draw_figure(grid, folder / name, _note(runs, grid, parts), facts)
        shown = points(grid).assign(note=" ".join(notes))
        paths.append(_write(folder / f"{name}.csv", with_text_cells(shown).to_csv(index=False)))
        paths += [write_provenance(folder / name, facts)] if facts else []
    return paths


def _note(runs: PaperRuns, grid: Grid, parts: Sequence[str]) -> str:
    """Return what is said below a figure."""
    epochs = [epoch_note(runs.of(BATCH), EPOCH)] if BATCH in parts else []
    measuring = [note for line in grid for panel in line for note in how_measured(panel.rows, panel.x.column)]
    return "\n".join([*epochs, *dict.fromkeys(measuring), *runs.notes_on(*parts)])


def write_tables(runs: PaperRuns, folder: Path, making: Making | None = None) -> list[Path]:
    """Write the tables (tex) alone, and return their paths."""
    paths = []
    for name, (build, parts) in TABLES.items():
        if parts == (BATCH_2,) and runs.of(BATCH_2).empty:
            continue
        facts = None if making is None else making.facts(runs.of(*parts)["key"], [f"{name}.tex"])
        comment = latex_comment(facts) if facts else ""
        paths.append(_write(folder / f"{name}.tex", comment + to_latex([build(runs)])))
        paths += [write_provenance(folder / name, facts)] if facts else []
    return paths


def _report(runs: PaperRuns, folder: Path, making: Making | None, complain: Callable[[str], None]) -> Iterator[Path]:
    """Write the report from the figures in the folder."""
    grids = figures_of(runs)
    account = account_of(runs, list(grids))
    facts = None if making is None else making.facts(runs.frame["key"], ["report.html", "paper.pdf"])
    drawings = {picture.name: _drawing(runs, grids[picture.name], folder) for picture in account.pictures}
    yield _write(folder / "report.html", web_page(account, drawings, facts))
    pages, reason = compiled(latex_document(account, facts), folder, "paper")
    yield from pages
    if reason:
        complain(reason)


def _drawing(runs: PaperRuns, figure: tuple[Grid, tuple[str, ...]], folder: Path) -> bytes:
    """Return the SVG of a figure."""
    grid, parts = figure
    [path] = draw_figure(grid, folder / "drawing", _note(runs, grid, parts), None, Design(formats=("svg",)))
    return path.read_bytes()


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path

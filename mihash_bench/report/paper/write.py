"""Writing the figures and tables of the paper study."""

from collections.abc import Callable
from pathlib import Path

from mihash_bench.report.figures.curves import EPOCH, epoch_note
from mihash_bench.report.figures.figure import draw_figure
from mihash_bench.report.formats.csv_cells import with_text_cells
from mihash_bench.report.formats.latex import to_latex
from mihash_bench.report.making import Making, latex_comment, write_provenance
from mihash_bench.report.paper.figures import figures_of, points
from mihash_bench.report.paper.runs import BATCH, BATCH_2, PARTS, PUBLISHED, PaperRuns
from mihash_bench.report.paper.tables import batch_2_table, batch_table, online_table, updates_table
from mihash_bench.report.tables.model import Table
from mihash_bench.report.together import write_together

# How each table is built, and the parts of the study that it shows.
TABLES: dict[str, tuple[Callable[[PaperRuns], Table], tuple[str, ...]]] = {
    "table-updates": (updates_table, PARTS),
    "table-online": (online_table, (*PARTS, PUBLISHED)),
    "table-batch-setting1": (batch_table, (BATCH,)),
    "table-batch-setting2": (batch_2_table, (BATCH_2,)),
}


def write_paper(runs: PaperRuns, folder: Path, making: Making | None = None) -> list[Path]:
    """Write the paper's figures (PDF, PNG, CSV) and tables (tex) and return their paths; none appears before all exist.

    ``fig-trigger-cifar10``: each method with the trigger on and off on CIFAR-10. ``fig-online``: all methods with the
    trigger on, a panel for each dataset. ``fig-cost``: all methods over bit recomputations and training time.
    ``table-updates.tex``, ``table-online.tex``: table updates and mAP. ``fig-batch-setting1`` and
    ``fig-batch-setting1-objective``: mAP and objective of the batch methods over epochs.
    ``table-batch-setting1.tex``: their mAP and published figures, with training time and memory.
    ``table-batch-setting2.tex``: the same of Setting 2, if there are runs of it. making: what
    the files say about how they were made, inside and in ``<stem>.provenance.json``; None for nothing. Raises
    InputError if ``folder`` cannot be written.
    """
    return write_together(
        folder, lambda workshop: [*_figures(runs, workshop, making), *_tables(runs, workshop, making)]
    )


def _figures(runs: PaperRuns, folder: Path, making: Making | None) -> list[Path]:
    paths = []
    for name, (grid, parts) in figures_of(runs).items():
        notes = runs.notes_on(*parts)
        epochs = [epoch_note(runs.of(BATCH), EPOCH)] if BATCH in parts else []
        keys = [key for line in grid for panel in line for key in panel.rows["key"].unique()]
        facts = None if making is None else making.facts(keys, [f"{name}.{ending}" for ending in ("pdf", "png", "csv")])
        paths += draw_figure(grid, folder / name, "\n".join([*epochs, *notes]), facts)
        shown = points(grid).assign(note=" ".join(notes))
        paths.append(_write(folder / f"{name}.csv", with_text_cells(shown).to_csv(index=False)))
        paths += [write_provenance(folder / name, facts)] if facts else []
    return paths


def _tables(runs: PaperRuns, folder: Path, making: Making | None) -> list[Path]:
    paths = []
    for name, (build, parts) in TABLES.items():
        if parts == (BATCH_2,) and runs.of(BATCH_2).empty:
            continue
        facts = None if making is None else making.facts(runs.of(*parts)["key"], [f"{name}.tex"])
        comment = latex_comment(facts) if facts else ""
        paths.append(_write(folder / f"{name}.tex", comment + to_latex([build(runs)])))
        paths += [write_provenance(folder / name, facts)] if facts else []
    return paths


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path

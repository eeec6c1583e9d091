"""Writing the figures and tables of the paper study."""

from pathlib import Path

from mihash_bench.report.figures.curves import EPOCH, epoch_note
from mihash_bench.report.figures.figure import draw_figure
from mihash_bench.report.formats.csv_cells import with_text_cells
from mihash_bench.report.formats.latex import to_latex
from mihash_bench.report.paper.figures import figures_of, points
from mihash_bench.report.paper.runs import BATCH, PaperRuns
from mihash_bench.report.paper.tables import batch_table, online_table, updates_table
from mihash_bench.report.together import write_together


def write_paper(runs: PaperRuns, folder: Path) -> list[Path]:
    """Write the paper's figures (PDF, PNG, CSV) and tables (tex) and return their paths; none appears before all exist.

    ``fig-trigger-cifar10``: each method with the trigger on and off on CIFAR-10. ``fig-online``: all methods with the
    trigger on, a panel for each dataset. ``fig-cost``: all methods over bit recomputations and training time.
    ``table-updates.tex``, ``table-online.tex``: table updates and mAP. ``fig-batch-setting1`` and
    ``fig-batch-setting1-objective``: mAP and objective of the batch methods over epochs.
    ``table-batch-setting1.tex``: their mAP and published figures, with training time and memory. Raises InputError
    if ``folder`` cannot be written.
    """
    return write_together(folder, lambda workshop: [*_figures(runs, workshop), *_tables(runs, workshop)])


def _figures(runs: PaperRuns, folder: Path) -> list[Path]:
    paths = []
    for name, (grid, parts) in figures_of(runs).items():
        notes = runs.notes_on(*parts)
        epochs = [epoch_note(runs.of(BATCH), EPOCH)] if BATCH in parts else []
        paths += draw_figure(grid, folder / name, "\n".join([*epochs, *notes]))
        shown = points(grid).assign(note=" ".join(notes))
        paths.append(_write(folder / f"{name}.csv", with_text_cells(shown).to_csv(index=False)))
    return paths


def _tables(runs: PaperRuns, folder: Path) -> list[Path]:
    tables = {"table-updates": updates_table, "table-online": online_table, "table-batch-setting1": batch_table}
    return [_write(folder / f"{name}.tex", to_latex([build(runs)])) for name, build in tables.items()]


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path

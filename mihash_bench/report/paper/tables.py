"""The tables of the paper study."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from mihash_bench.report.data.published import beside, of_other_features, published_figures
from mihash_bench.report.data.selection import how_measured
from mihash_bench.report.data.statistics import summary
from mihash_bench.report.formats.numbers import cell_text
from mihash_bench.report.paper.runs import BATCH, BATCH_2, METRIC, PARTS, PUBLISHED, PaperRuns
from mihash_bench.report.tables.build import arranged, tables_of
from mihash_bench.report.tables.caption import caption_of
from mihash_bench.report.tables.layout import Layout
from mihash_bench.report.tables.layouts import METHOD_BY_DATASET
from mihash_bench.report.tables.measures import FINAL, Measure
from mihash_bench.report.tables.model import Column, Table
from mihash_bench.report.tables.updates import NOT_RUN, UPDATES
from mihash_bench.settings.base import setting_of

# The authors' code orders ties by position in the database.
PUBLISHED_METRIC = "mAP[ties=index]"


def _online_caption(layout: Layout, measures: Sequence[Measure], part: pd.DataFrame) -> str:
    return f"{caption_of(layout, measures, part)}; Trigger Update on; {NOT_RUN}"


ONLINE = replace(METHOD_BY_DATASET, caption=_online_caption, series=False)


def updates_table(runs: PaperRuns) -> Table:
    """Return updates, seconds of coding and the final metric by trigger, a section for each dataset."""
    rows = runs.of(*PARTS)
    [table] = arranged(_in_order(rows), UPDATES)
    return replace(table, label="updates", notes=_unstopped([*runs.notes_on(*PARTS), *how_measured(rows, "table_s")]))


def online_table(runs: PaperRuns) -> Table:
    """Return the final metric and its AUC with the trigger on, two columns for each dataset.

    The notes give the published figures of the runs in their protocol, if there are any, and known differences.
    """
    rows = runs.of(*PARTS)
    [table] = arranged(_in_order(rows[rows["trigger"] == "on"]), ONLINE)
    differs = runs.notes.get(PUBLISHED, "").removesuffix(".")
    published = [_beside(ours, theirs, differs) for ours, theirs in published_online(runs)]
    return replace(table, label="online", notes=_unstopped([*runs.notes_on(*PARTS), *published]))


def batch_table(runs: PaperRuns) -> Table:
    """Return the table of the batch comparison, with published figures."""
    return _compared(runs, BATCH, "batch-setting1")


def batch_2_table(runs: PaperRuns) -> Table:
    """Return the table of Setting 2, with published figures."""
    return _compared(runs, BATCH_2, "batch-setting2")


def _compared(runs: PaperRuns, part: str, label: str) -> Table:
    [table] = tables_of(beside(summary(runs.of(part), METRIC)))
    return replace(table, label=label, notes=(*table.notes, *_unstopped(runs.notes_on(part))))


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the summary of some runs, with the datasets in the order of the runs."""
    order = {name: number for number, name in enumerate(dict.fromkeys(rows["dataset"]))}
    return summary(rows, METRIC, further=("table_s",)).sort_values(
        "dataset", key=lambda names: names.map(order), kind="stable"
    )


def _unstopped(notes: Sequence[str]) -> tuple[str, ...]:
    """Return notes without their full stops, which the formats add."""
    return tuple(note.removesuffix(".") for note in notes)


def published_online(runs: PaperRuns) -> Iterator[tuple[dict[Any, Any], dict[Any, Any]]]:
    """Yield each of our runs in the protocol of a published figure, as a row of the summary, with that figure."""
    compared = runs.of(PUBLISHED)
    for ours in summary(compared, PUBLISHED_METRIC).to_dict("records") if len(compared) else ():
        where = setting_of(ours["setting"]).published_as(PARTS[0])
        if where is not None:
            for theirs in published_figures(*where, ours["method_title"], ours["bits"]).to_dict("records"):
                yield ours, theirs


def _beside(ours: Mapping[Any, Any], theirs: Mapping[Any, Any], differs: str) -> str:
    reached = cell_text(FINAL.read([ours]), Column("", decimals=FINAL.decimals))
    run = f"{ours['dataset_title']}, {ours['bits']} bits, {ours['variant']}, trigger {ours['trigger']}"
    known = f" ({differs})" if differs else ""
    other = ", of other features" if of_other_features(ours) else ""
    return (
        f"{ours['method_title']}, {run}, {PUBLISHED_METRIC}: ours {reached} (trials: {ours['trials']}){known}, "
        f"published {theirs['map']:.3f}{other} ({theirs['source']}: {theirs['protocol']})"
    )

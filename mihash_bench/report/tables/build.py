"""Building tables from a summary by a layout."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from mihash_bench.metrics.base import higher_is_better
from mihash_bench.report.data.published import notes_on
from mihash_bench.report.data.reference import REFERENCE, has_reference
from mihash_bench.report.data.selection import GROUP, apart, remarks_on, settings_in
from mihash_bench.report.data.significance import LEVEL
from mihash_bench.report.tables.arrangement import EVERY_SETTING_ITS_OWN, Arrangement
from mihash_bench.report.tables.best import with_best
from mihash_bench.report.tables.caption import SECOND, the_only
from mihash_bench.report.tables.layout import Field, Layout, PanelPlan
from mihash_bench.report.tables.layouts import DIFFERENCE
from mihash_bench.report.tables.measures import PUBLISHED, Line, Measure, cost
from mihash_bench.report.tables.model import DIVERGED, Cell, Column, Key, Panel, Row, Table
from mihash_bench.report.titles import dashed, series_titles
from mihash_bench.settings.base import Setting, setting_of

Lines = Sequence[tuple[Row, Line]]


def tables_of(summary: pd.DataFrame, wishes: Arrangement = EVERY_SETTING_ITS_OWN) -> list[Table]:
    """Return the tables of a summary, each setting in the wanted layout or in its own."""
    return [table for part, layout in _by_setting(summary, wishes) for table in arranged(part, layout, wishes)]


def tables_with_differences(summary: pd.DataFrame, wishes: Arrangement = EVERY_SETTING_ITS_OWN) -> list[Table]:
    """Return the tables of a summary, each setting's followed by the differences to the best, where tested."""
    tables = []
    for part, layout in _by_setting(summary, wishes):
        tested = part[part["p_adjusted"].notna()] if "p_adjusted" in part else part[:0]
        differences = arranged(tested, DIFFERENCE)
        # Their notes would repeat those of the table above.
        tables += [*arranged(part, layout, wishes), *(replace(each, notes=()) for each in differences)]
    return tables


def _by_setting(summary: pd.DataFrame, wishes: Arrangement) -> Iterator[tuple[pd.DataFrame, Layout]]:
    """Yield the rows and the layout of each metric and setting, the default setting first.

    If columns were chosen, the rows of all metrics are together.
    """
    blocks = [summary] if wishes.columns else [block for _, block in summary.groupby("metric", sort=False)]
    for block in blocks:
        for setting in sorted(settings_in(block), key=lambda each: each.file_prefix):
            layout = wishes.layout_of(setting, list(summary["metric"].unique()))
            yield block[block["setting"] == setting.name], layout


def arranged(summary: pd.DataFrame, layout: Layout, wishes: Arrangement = EVERY_SETTING_ITS_OWN) -> list[Table]:
    """Return the tables of a summary in a given layout. Protocols and table policies never share a table."""
    if summary.empty or not layout.split:
        return [] if summary.empty else [_table(summary, layout, wishes)]
    columns = [*(summary[name] for name in layout.split), summary["dataset"].map(apart)]
    return [_table(part, layout, wishes) for _, part in summary.groupby(columns, sort=False)]


def _table(part: pd.DataFrame, layout: Layout, wishes: Arrangement) -> Table:
    setting, metrics = setting_of(str(part["setting"].iloc[0])), list(map(str, part["metric"].unique()))
    part = part.assign(name=_names(part, layout))
    labels = [*layout.labels, *_series(setting, layout, part)]
    lines = _lines(part, layout, labels)
    shown = [_shown(plan, lines, wishes) for plan in layout.panels([cost(name) for name in setting.costs])]
    measures = [measure for plan in shown for measure in plan.measures]
    dataset = [str(part["dataset_title"].iloc[0])] if "dataset" in layout.split else []
    of_part = [] if dataset or not layout.split else [apart(str(part["dataset"].iloc[0]))]
    explained = layout.caption(layout, measures, part) + (SECOND if wishes.second else "")
    return Table(
        title=", ".join(filter(None, [*dataset, setting.name, *of_part, *metrics])),
        caption=wishes.caption or explained,
        label=setting.file_prefix + "-".join(map(dashed, filter(None, [*dataset, *of_part, *metrics]))),
        keys=tuple(Key(field.title, field.unit) for field in layout.keys),
        label_titles=tuple(field.title for field in labels),
        rows=tuple(row for row, _ in lines),
        panels=tuple(_panel(plan, lines, _groups(part, layout), metrics[0], wishes) for plan in shown),
        notes=tuple(_notes(measures, part)),
        explained=explained if wishes.caption else "",
    )


def _names(part: pd.DataFrame, layout: Layout) -> list[str]:
    """Return the label of each row's method and variant."""
    variants = part.groupby("method")["variant"].transform("nunique")
    labels = part["label"] if "label" in part else [""] * len(part)
    rows = zip(part["method_title"], labels, variants, series_titles(part), strict=True)
    return [title if layout.short_names and number == 1 and not label else s for title, label, number, s in rows]


def _series(setting: Setting, layout: Layout, part: pd.DataFrame) -> list[Field]:
    """Return the columns that tell the curves of one method apart, if they vary; see ``caption.the_only``."""
    return [Field(name.capitalize(), name) for name in setting.series if layout.series and not the_only(name, part)]


def _lines(part: pd.DataFrame, layout: Layout, labels: Sequence[Field]) -> Lines:
    """Return the rows of the table, each with its rows of the summary: sections as they come, methods by title.

    Methods that were chosen come in the order of the choice.
    """
    place = [name for name in ("place",) if name in part]
    ordered = part.sort_values([*place, "method_title", "variant", "trigger"], kind="stable")
    keys, names = _identities(ordered, layout.keys), _identities(ordered, labels)
    key_texts = dict(zip(keys, _texts(ordered, layout.keys), strict=True))
    name_texts = dict(zip(names, _texts(ordered, labels), strict=True))
    here: dict[Any, dict[Any, list[Any]]] = {key: {} for key in _identities(part, layout.keys)}
    for key, name, record in zip(keys, names, ordered.to_dict("records"), strict=True):
        here[key].setdefault(name, []).append(record)
    return [
        (Row(key_texts[key], name_texts[name], section), by_name.get(name, []))
        for section, (key, by_name) in enumerate(here.items())
        for name in (name_texts if layout.complete else by_name)
    ]


def _identities(part: pd.DataFrame, fields: Sequence[Field]) -> list[tuple[Any, ...]]:
    columns = [part[name] for field in fields for name in field.columns]
    return list(zip(*columns, strict=True)) if columns else [()] * len(part)


def _texts(part: pd.DataFrame, fields: Sequence[Field]) -> list[tuple[str, ...]]:
    columns = [part[field.column].astype(str) for field in fields]
    return list(zip(*columns, strict=True)) if columns else [()] * len(part)


def _shown(plan: PanelPlan, lines: Lines, wishes: Arrangement) -> PanelPlan:
    """Return a plan without optional measures that no row has, with the wanted decimals."""

    def has_any(measure: Measure) -> bool:
        return any(measure.read([row]).value is not None for _, line in lines for row in line)

    kept = [wishes.styled(each) for each in plan.measures if not each.optional or has_any(each)]
    return replace(plan, measures=kept)


@dataclass(frozen=True)
class _Group:
    """A group of columns: its title, and the values of the columns of the rows that it shows."""

    title: str
    values: tuple[tuple[str, Any], ...] = ()

    def of(self, line: Line) -> Line:
        return [row for row in line if all(row[name] == value for name, value in self.values)]


def _groups(part: pd.DataFrame, layout: Layout) -> list[_Group]:
    if layout.across is None:
        return [_Group("")]
    columns, unit = layout.across.columns, layout.across.unit
    titles = dict(zip(_identities(part, [layout.across]), part[layout.across.column].astype(str), strict=True))
    return [
        _Group(" ".join(filter(None, (title, unit))), tuple(zip(columns, values, strict=True)))
        for values, title in titles.items()
    ]


def _panel(plan: PanelPlan, lines: Lines, groups: Sequence[_Group], metric: str, wishes: Arrangement) -> Panel:
    columns, cells = [], []
    for group in groups:
        for measure in plan.measures:
            of = measure.metric or metric
            # A single column of a group needs no title below that of the group.
            title = "" if group.title and len(plan.measures) == 1 else measure.title.format(metric=of)
            columns.append(Column(title, group.title, measure.decimals, measure.signed, measure.least, measure.brief))
            cells.append(_column_cells(measure, lines, group, of, second=wishes.second))
    return Panel(plan.title, tuple(columns), tuple(zip(*cells, strict=True)))


def _column_cells(measure: Measure, lines: Lines, group: _Group, metric: str, *, second: bool) -> list[Cell]:
    parts = [[row for row in group.of(line) if row["metric"] == metric] for _, line in lines]
    cells = [measure.read(part) for part in parts]
    if measure.marks_best and (higher := higher_is_better(metric)) is not None:
        sections = [row.section for row, _ in lines]
        cells = with_best(cells, sections, measure.decimals, higher=higher, second=second)
    if measure.marks_differences:
        pairs = zip(cells, parts, strict=True)
        cells = [replace(cell, differs=not cell.best and _differs(part)) for cell, part in pairs]
    if measure.marks_equal:
        pairs = zip(cells, parts, strict=True)
        cells = [replace(cell, equal=not cell.best and _is_tested(part) and not _differs(part)) for cell, part in pairs]
    if measure.marks_diverged:
        cells = [replace(cell, diverged=any(map(_diverged, part))) for cell, part in zip(cells, parts, strict=True)]
    return cells


def _differs(line: Line) -> bool:
    """Return whether a row differs from the best by the test over queries, in the same direction in every trial."""
    return any(
        "p_adjusted" in row and row["p_adjusted"] < LEVEL and row["trials_agree"] == row["trials_compared"]
        for row in line
    )


def _is_tested(line: Line) -> bool:
    return any("p_adjusted" in row and pd.notna(row["p_adjusted"]) for row in line)


def _diverged(row: Mapping[Any, Any]) -> str:
    """Return what a row of the summary says about its runs that diverged, or "" if none did."""
    return str(row.get("diverged", ""))


def _notes(measures: Sequence[Measure], part: pd.DataFrame) -> list[str]:
    notes = [*remarks_on(part), *(each.note for each in measures if each.note)]
    notes += notes_on(part, in_columns=PUBLISHED in measures)
    notes += _reference_notes(part)
    return [*notes, *_diverged_notes(part)] if any(each.marks_diverged for each in measures) else notes


def _reference_notes(part: pd.DataFrame) -> list[str]:
    """Return one note for each dataset and metric with a reference value, if the table shows it as it is."""
    if not has_reference(part):
        return []
    where = part.drop_duplicates(["dataset", "metric"]).dropna(subset=[REFERENCE])
    rows = zip(where["dataset_title"], where["metric"], where[REFERENCE], strict=True)
    what = "Rows ranked by the cosine of their features, without codes"
    return [f"{what}: {title}: {metric} {value:.3f}" for title, metric, value in rows]


def _diverged_notes(part: pd.DataFrame) -> list[str]:
    """Return one note for each row of the summary with runs that diverged."""
    several = part["dataset"].nunique() > 1
    notes = []
    named = part.assign(series=series_titles(part)).drop_duplicates(GROUP)
    for row in (row for row in named.to_dict("records") if _diverged(row)):
        trigger = [f"trigger {row['trigger']}"] if row["trigger"] in ("on", "off") else []
        where = [str(row["dataset_title"])] if several else []
        which = ", ".join([row["series"], *where, f"{row['bits']} bits", *trigger])
        notes.append(f"{DIVERGED} diverged: {which}: {_diverged(row)}")
    return notes

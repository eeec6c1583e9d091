"""Building tables from a summary by a layout."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError, unknown
from mihash_bench.metrics.base import parse_metric
from mihash_bench.report.data.published import notes_on
from mihash_bench.report.data.selection import settings_in
from mihash_bench.report.data.significance import LEVEL
from mihash_bench.report.tables.layout import Field, Layout, PanelPlan
from mihash_bench.report.tables.layouts import DIFFERENCE, LAYOUTS
from mihash_bench.report.tables.measures import PUBLISHED, Measure, cost
from mihash_bench.report.tables.model import Cell, Column, Key, Panel, Row, Table
from mihash_bench.report.titles import dashed, series_title
from mihash_bench.settings.base import Setting, setting_of

Line = tuple[Row, pd.DataFrame]


def tables_of(summary: pd.DataFrame) -> list[Table]:
    """Return the tables of a summary, each setting in its own layout."""
    return [table for part, layout in _by_setting(summary) for table in arranged(part, layout)]


def tables_with_differences(summary: pd.DataFrame) -> list[Table]:
    """Return the tables of a summary, each setting's followed by the differences to the best, where tested."""
    tables = []
    for part, layout in _by_setting(summary):
        tested = part[part["p_adjusted"].notna()] if "p_adjusted" in part else part[:0]
        differences = arranged(tested, DIFFERENCE)
        # Their notes would repeat those of the table above.
        tables += [*arranged(part, layout), *(replace(each, notes=()) for each in differences)]
    return tables


def _by_setting(summary: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, Layout]]:
    """Yield the rows and the layout of each metric and setting, the default setting first."""
    for _, block in summary.groupby("metric", sort=False):
        for setting in sorted(settings_in(block), key=lambda each: each.file_prefix):
            if setting.table_layout not in LAYOUTS:
                raise unknown(f"table_layout of the setting {setting.name}", setting.table_layout, LAYOUTS)
            yield block[block["setting"] == setting.name], LAYOUTS[setting.table_layout]


def arranged(summary: pd.DataFrame, layout: Layout) -> list[Table]:
    """Return the tables of a summary in a given layout."""
    if summary.empty or not layout.split:
        return [] if summary.empty else [_table(summary, layout)]
    return [_table(part, layout) for _, part in summary.groupby(list(layout.split), sort=False)]


def _table(part: pd.DataFrame, layout: Layout) -> Table:
    setting, metric = setting_of(str(part["setting"].iloc[0])), str(part["metric"].iloc[0])
    part = part.assign(name=_names(part, layout))
    labels = [*layout.labels, *_series(setting, layout)]
    lines = _lines(part, layout, labels)
    shown = [_shown(plan, lines) for plan in layout.panels([cost(name) for name in setting.costs])]
    measures = [measure for plan in shown for measure in plan.measures]
    dataset = [str(part["dataset_title"].iloc[0])] if "dataset" in layout.split else []
    return Table(
        title=", ".join([*dataset, setting.name, metric]),
        caption=layout.caption(layout, measures, part),
        label=setting.file_prefix + "-".join(map(dashed, [*dataset, metric])),
        keys=tuple(Key(field.title, field.unit) for field in layout.keys),
        label_titles=tuple(field.title for field in labels),
        rows=tuple(row for row, _ in lines),
        panels=tuple(_panel(plan, lines, _groups(part, layout), metric) for plan in shown),
        notes=tuple(_notes(measures, part)),
    )


def _names(part: pd.DataFrame, layout: Layout) -> list[str]:
    """Return the label of each row's method and variant."""
    variants = part.groupby("method")["variant"].transform("nunique")
    rows = zip(part["method_title"], part["variant"], variants, strict=True)
    return [title if layout.short_names and number == 1 else series_title(title, v) for title, v, number in rows]


def _series(setting: Setting, layout: Layout) -> list[Field]:
    return [Field(name.capitalize(), name) for name in setting.series if layout.series]


def _lines(part: pd.DataFrame, layout: Layout, labels: Sequence[Field]) -> list[Line]:
    """Return the rows of the table, each with its rows of the summary: sections as they come, methods by title."""
    ordered = part.sort_values(["method_title", "variant", "trigger"], kind="stable")
    keys, names = _identities(ordered, layout.keys), _identities(ordered, labels)
    key_texts, name_texts = _texts(ordered, layout.keys), _texts(ordered, labels)
    lines = []
    for section, key in enumerate(dict.fromkeys(_identities(part, layout.keys))):
        here = [each == key for each in keys]
        for name in dict.fromkeys(n for n, inside in zip(names, here, strict=True) if inside or layout.complete):
            mine = [inside and each == name for inside, each in zip(here, names, strict=True)]
            row = Row(key_texts[keys.index(key)], name_texts[names.index(name)], section)
            lines.append((row, ordered[mine]))
    return lines


def _identities(part: pd.DataFrame, fields: Sequence[Field]) -> list[tuple[Any, ...]]:
    columns = [part[name] for field in fields for name in field.columns]
    return list(zip(*columns, strict=True)) if columns else [()] * len(part)


def _texts(part: pd.DataFrame, fields: Sequence[Field]) -> list[tuple[str, ...]]:
    columns = [part[field.column].astype(str) for field in fields]
    return list(zip(*columns, strict=True)) if columns else [()] * len(part)


def _shown(plan: PanelPlan, lines: Sequence[Line]) -> PanelPlan:
    """Return a plan without optional measures that no row has."""

    def has_any(measure: Measure) -> bool:
        return any(measure.read(line[at : at + 1]).value is not None for _, line in lines for at in range(len(line)))

    return replace(plan, measures=[each for each in plan.measures if not each.optional or has_any(each)])


@dataclass(frozen=True)
class _Group:
    """A group of columns: its title, and the rows of the summary that it shows, by its ``index``."""

    title: str
    index: "pd.Index[Any]"

    def of(self, line: pd.DataFrame) -> pd.DataFrame:
        return line[line.index.isin(self.index)]


def _groups(part: pd.DataFrame, layout: Layout) -> list[_Group]:
    if layout.across is None:
        return [_Group("", part.index)]
    rows = part.groupby(layout.across.columns, sort=False)
    unit = layout.across.unit
    titles = {value: str(of[layout.across.column].iloc[0]) for value, of in rows}
    return [_Group(" ".join(filter(None, (titles[value], unit))), of.index) for value, of in rows]


def _panel(plan: PanelPlan, lines: Sequence[Line], groups: Sequence[_Group], metric: str) -> Panel:
    columns, cells = [], []
    for group in groups:
        for measure in plan.measures:
            # A single column of a group needs no title below that of the group.
            title = "" if group.title and len(plan.measures) == 1 else measure.title.format(metric=metric)
            columns.append(Column(title, group.title, measure.decimals, measure.signed, measure.least, measure.brief))
            cells.append(_column_cells(measure, lines, group, metric))
    return Panel(plan.title, tuple(columns), tuple(zip(*cells, strict=True)))


def _column_cells(measure: Measure, lines: Sequence[Line], group: _Group, metric: str) -> list[Cell]:
    parts = [group.of(line) for _, line in lines]
    cells = [measure.read(part) for part in parts]
    if measure.marks_best:
        sections = [row.section for row, _ in lines]
        cells = _with_best(cells, sections, measure.decimals, higher=higher_is_better(metric))
    if measure.marks_differences:
        pairs = zip(cells, parts, strict=True)
        cells = [replace(cell, differs=not cell.best and _differs(part)) for cell, part in pairs]
    return cells


def higher_is_better(metric: str) -> bool:
    """Return whether a larger value of a metric is better; True if the metric's family is not installed."""
    try:
        return parse_metric(metric).higher_is_better
    except InputError:
        return True


def _with_best(cells: Sequence[Cell], sections: Sequence[int], decimals: int | None, *, higher: bool) -> list[Cell]:
    """Mark the best cells of each section. Rounded values are compared, so that equal numbers are equally good."""
    better = max if higher else min
    values = [cell.value for cell in cells]
    shown = [v if v is None or decimals is None else round(v, decimals) for v in values]
    best: dict[int, float] = {}
    for section, value in zip(sections, shown, strict=True):
        if value is not None:
            best[section] = better(value, best.get(section, value))
    triples = zip(cells, sections, shown, strict=True)
    return [replace(c, best=value is not None and value == best[section]) for c, section, value in triples]


def _differs(line: pd.DataFrame) -> bool:
    """Return whether a row differs from the best by the test over queries, in the same direction in every trial."""
    if "p_adjusted" not in line:
        return False
    return bool(((line["p_adjusted"] < LEVEL) & (line["trials_agree"] == line["trials_compared"])).any())


def _notes(measures: Sequence[Measure], part: pd.DataFrame) -> list[str]:
    return [*(each.note for each in measures if each.note), *notes_on(part, in_columns=PUBLISHED in measures)]

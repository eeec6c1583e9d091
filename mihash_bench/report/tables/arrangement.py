"""What a user may ask of a table: its layout, its columns, and how numbers and caption are written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mihash_bench.errors import unknown
from mihash_bench.report.tables.layout import Layout, PanelPlan
from mihash_bench.report.tables.layouts import LAYOUTS
from mihash_bench.report.tables.measures import AUC, COSTS, FINAL, PUBLISHED, TRIALS, Measure, cost
from mihash_bench.settings.base import Setting

_AUC = re.compile(r"AUC(\((?P<metric>.*)\))?")


@dataclass(frozen=True)
class Arrangement:
    """The wishes for a table; each default leaves it to the setting.

    layout: a name out of ``LAYOUTS``. columns: metrics, ``AUC`` (of the first metric), ``AUC(METRIC)``, cost columns,
    ``trials`` and ``published``; all metrics then share one table. decimals: of metrics and their AUC. caption: takes
    the place of the caption that says what the numbers are. second: the second best is underlined. siunitx: LaTeX
    aligns numbers in S columns. brief: of columns side by side, only the short form, unless columns were chosen.
    """

    layout: str | None = None
    columns: tuple[str, ...] = ()
    decimals: int | None = None
    caption: str = ""
    second: bool = False
    siunitx: bool = False
    brief: bool = False

    def metrics(self, known: Sequence[str]) -> list[str]:
        """Return the metrics that the columns need. Raises InputError, naming ``--columns``, for an unknown column."""
        names = [self._metric_of(column, known) for column in self.columns]
        return list(dict.fromkeys(filter(None, names))) or list(known[:1])

    def _metric_of(self, column: str, known: Sequence[str]) -> str:
        found = _AUC.fullmatch(column)
        metric = (found["metric"] or "") if found else column
        if metric and metric not in known and (found or metric not in (*COSTS, "trials", "published")):
            named = ["AUC", *(f"AUC({each})" for each in known[1:]), *COSTS, "trials", "published"]
            raise unknown("--columns", column, [*known, *named])
        return metric if metric in known else ""

    def with_published(self) -> "Arrangement":
        """Return the wishes with a column of published figures behind the first one."""
        if not self.columns or "published" in self.columns:
            return self
        return replace(self, columns=(self.columns[0], "published", *self.columns[1:]))

    def layout_of(self, setting: Setting, metrics: Sequence[str]) -> Layout:
        """Return the layout of a setting's table. Raises InputError for a name that is not one.

        metrics: those that the table shows if columns were chosen.
        """
        where = "--layout" if self.layout else f"table_layout of the setting {setting.name}"
        name = self.layout or setting.table_layout
        if name not in LAYOUTS:
            raise unknown(where, name, LAYOUTS)
        layout = LAYOUTS[name]
        if self.columns:
            measures = [_measure(column, self.columns, metrics) for column in self.columns]
            split = tuple(column for column in layout.split if column != "metric")
            return replace(layout, split=split, panels=lambda costs: _panels(measures, stacked=layout.stacked))
        return _brief(layout) if self.brief and not layout.stacked else layout

    def styled(self, measure: Measure) -> Measure:
        """Return a measure with the wanted number of decimals."""
        wanted = measure.follows_decimals and self.decimals is not None
        return replace(measure, decimals=self.decimals) if wanted else measure


EVERY_SETTING_ITS_OWN = Arrangement()


def _measure(column: str, columns: Sequence[str], metrics: Sequence[str]) -> Measure:
    """Return the measure of one of the columns. metrics: all that the table shows."""
    if found := _AUC.fullmatch(column):
        several = sum(bool(_AUC.fullmatch(each)) for each in columns) > 1
        return replace(AUC, metric=found["metric"] or metrics[0], title="AUC of {metric}" if several else AUC.title)
    if column in metrics:
        return replace(FINAL, metric=column)
    known = {"trials": TRIALS, "published": replace(PUBLISHED, optional=False)}
    return replace(known.get(column) or cost(column), metric=metrics[0])


def _panels(measures: Sequence[Measure], *, stacked: bool) -> list[PanelPlan]:
    """Return one panel, or a panel for each measure; published figures are always beside the measure before them."""
    parts: list[list[Measure]] = []
    for measure in measures:
        if parts and (not stacked or measure.read is PUBLISHED.read):
            parts[-1].append(measure)
        else:
            parts.append([measure])
    if len(parts) == 1:
        return [PanelPlan("", parts[0])]
    return [PanelPlan(part[0].title.format(metric=part[0].metric), part) for part in parts]


def _brief(layout: Layout) -> Layout:
    def panels(costs: Sequence[Measure]) -> list[PanelPlan]:
        return [replace(plan, measures=[each for each in plan.measures if each.brief]) for plan in layout.panels(costs)]

    return replace(layout, panels=panels)

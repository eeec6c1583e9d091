"""A table holds the same numbers in every format, whatever its layout is."""

import csv
import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from mihash_bench.report.data.statistics import summary
from mihash_bench.report.formats.csv import to_csv
from mihash_bench.report.formats.latex import to_latex
from mihash_bench.report.formats.markdown import to_markdown
from mihash_bench.report.formats.screen import print_tables
from mihash_bench.report.tables.build import arranged
from mihash_bench.report.tables.layout import Field, Layout, PanelPlan
from mihash_bench.report.tables.layouts import LAYOUTS
from mihash_bench.report.tables.measures import FINAL, Measure, plain, statistic, without_spread
from mihash_bench.report.tables.model import Table

from ..frames import joined, run

# The number of trials at each code length, then the costs of the methods, with sections by trigger.
THROW_AWAY = Layout(
    "throw-away",
    lambda costs: [
        PanelPlan("", [replace(FINAL, decimals=4), Measure("Trials", plain("trials"), brief=True)]),
        PanelPlan("Updates in hundreds", [Measure("u", statistic("updates", unit=100), decimals=5, brief=True)]),
        *(PanelPlan(cost.title, [replace(without_spread(cost), brief=True)]) for cost in costs),
    ],
    lambda layout, measures, part: f"Thrown away after {len(part)} rows",
    keys=(Field("Trigger", "trigger", "as trigger"),),
    series=False,
    across=Field("Bits", "bits", "bits"),
)


def runs():
    """Values at which rounding matters, and one method that has one code length only."""
    return joined(
        *(
            run(name, trial, trigger, (0.1, 0.2, 0.3 + trial / 7), bits=bits).assign(
                updates=[0, 5, 10 + trial], train_s=[0.0, 1.0, 1234.5678]
            )
            for name, lengths in (("mihash", (16, 32)), ("osh", (32,)))
            for bits in lengths
            for trigger in ("on", "off")
            for trial in range(2)
        )
    )


def brief(table: Table) -> Table:
    """A table all of whose columns are shown on the screen."""
    panels = [replace(p, columns=tuple(replace(column, brief=True) for column in p.columns)) for p in table.panels]
    return replace(table, panels=tuple(panels))


def numbers(text):
    """The numbers of a line, without what makes them bold or separates thousands."""
    return [float(number.replace(",", "")) for number in re.findall(r"-?\d[\d,]*(?:\.\d+)?", text)]


def lines_of_numbers(text, separator):
    """The numbers of each line that starts with a method, as sorted lists; stacked panels are put together."""
    found: dict[tuple[int, str], list[float]] = {}
    count: dict[str, int] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("│| ").split(separator)]
        if any(name in cells for name in ("MIHASH", "OSH")):
            count[cells[0]] = count.get(cells[0], 0) + 1
            found[count[cells[0]], cells[0]] = numbers(" ".join(cells))
    return found


def printed(table):
    console = Console(file=io.StringIO(), width=400)
    print_tables([table], console)
    return console.file.getvalue()


def all_numbers(text, separator):
    return sorted(number for line in lines_of_numbers(text, separator).values() for number in line)


@pytest.mark.parametrize("layout", [*LAYOUTS.values(), THROW_AWAY], ids=lambda layout: layout.name)
def test_all_formats_show_the_same_numbers(layout):
    for table in map(brief, arranged(summary(runs(), "mAP"), layout)):
        plain_keys = replace(table, rows=tuple(replace(r, keys=tuple("" for _ in r.keys)) for r in table.rows))
        markdown = all_numbers(to_markdown([plain_keys]), " | ")
        latex = all_numbers(to_latex([table]).replace("{,}", ","), " & ")
        screen = all_numbers(printed(table), "│")
        assert markdown == latex == screen
        assert len(markdown) > 8


@pytest.mark.parametrize("layout", [*LAYOUTS.values(), THROW_AWAY], ids=lambda layout: layout.name)
def test_csv_has_the_value_and_spread_of_every_cell_in_full(layout):
    for table in arranged(summary(runs(), "mAP"), layout):
        lines = list(csv.DictReader(io.StringIO(to_csv([table]))))
        assert len(lines) == len(table.rows)
        for heading, _, cells in table.side_by_side():
            for line, cell in zip(lines, cells, strict=True):
                assert line[heading] == ("" if cell.value is None else repr(cell.value))
                assert line.get(f"{heading} sd", "") == ("" if cell.spread is None else repr(cell.spread))


def test_a_layout_given_as_a_value_is_shown_in_every_format():
    [table] = arranged(summary(runs(), "mAP"), THROW_AWAY)
    assert [section.heading for section in table.sections()] == ["off as trigger", "on as trigger"]
    latex, markdown, screen = to_latex([table]), to_markdown([table]), printed(table)
    assert r"Method & mAP & Trials & mAP & Trials \\" in latex
    assert r"\multicolumn{2}{c}{16 bits} & \multicolumn{2}{c}{32 bits}" in latex
    assert r"OSH & -- &  & $0.10500 \pm 0.00707$ &  \\" in latex
    assert latex.count(r"\emph{off as trigger}") == 5
    assert "| Trigger | Method | 16 bits, mAP | 16 bits, Trials | 32 bits, mAP |" in markdown
    assert "| Updates in hundreds, 16 bits |" in markdown
    assert "0.10500 ± 0.00707" in markdown
    assert "off as trigger" in screen
    assert "Updates in hundreds, 16 bits" in screen
    for text in (latex, markdown, screen):
        assert "Thrown away after 6 rows" in text
        assert "1,234.57" in text.replace("{,}", ",")

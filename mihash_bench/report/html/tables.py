"""Tables of the page: the table model as plain values for a template, with the numbers by which rows are sorted."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pandas as pd

from mihash_bench.report.formats.numbers import cell_text
from mihash_bench.report.tables.arrangement import Arrangement
from mihash_bench.report.tables.build import arranged, tables_with_differences
from mihash_bench.report.tables.model import Cell, Column, Table
from mihash_bench.report.tables.updates import UPDATES

# A row for each method, whatever the setting usually has, so that rows can be sorted and chosen.
ROWS = Arrangement(layout="long")


def tables_of_summary(summary: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the tables of each metric and setting, followed by those of the differences to the best."""
    found = []
    for (setting, metric), part in summary.groupby(["setting", "metric"], sort=False):
        tables = tables_with_differences(part, ROWS)
        found += [{"setting": setting, "metric": metric, **plain_table(narrow(table))} for table in tables]
    return found


def narrow(table: Table) -> Table:
    """Return a table without the column of datasets if there is only one, which its caption then names."""
    place = next((number for number, key in enumerate(table.keys) if key.title == "Dataset"), None)
    if place is None or len({row.keys[place] for row in table.rows}) > 1:
        return table
    rows = tuple(replace(row, keys=row.keys[:place] + row.keys[place + 1 :]) for row in table.rows)
    keys = table.keys[:place] + table.keys[place + 1 :]
    return replace(table, keys=keys, rows=rows, caption=f"{table.rows[0].keys[place]}: {table.caption}")


def updates_tables(summary: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the tables of what Trigger Update saves, one for each metric and setting with runs with and without it."""
    triggered = summary[summary["trigger"] != ""]
    return [
        {"setting": setting, "metric": metric, **plain_table(narrow(table))}
        for (setting, metric), part in triggered.groupby(["setting", "metric"], sort=False)
        if part["trigger"].nunique() > 1
        for table in arranged(part, UPDATES)
    ]


def plain_table(table: Table) -> dict[str, Any]:
    """Return a table as its titles, rows and texts. A row has the texts that name it, and its cells."""
    headings, columns, cells = (list(part) for part in zip(*table.side_by_side(), strict=True))
    lines = zip(table.rows, zip(*cells, strict=True), strict=True)
    return {
        "title": table.title, "caption": f"{table.caption}.", "notes": [f"{note}." for note in table.notes],
        "names": [*(key.title for key in table.keys), *table.label_titles], "headings": headings,
        "keys": len(table.keys),
        "rows": [
            {"names": [*row.keys, *row.labels], "cells": list(_cells(line, columns))}
            for row, line in lines
        ],
    }  # fmt: skip


def _cells(line: Iterable[Cell], columns: Iterable[Column]) -> Iterable[dict[str, Any]]:
    for cell, column in zip(line, columns, strict=True):
        yield {
            "text": cell_text(cell, column), "value": "" if cell.value is None else repr(float(cell.value)),
            "best": cell.best,
        }  # fmt: skip

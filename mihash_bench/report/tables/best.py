"""Which cells of a column are the best, and the second best, of their section."""

from collections.abc import Sequence
from dataclasses import replace

from mihash_bench.report.tables.model import Cell


def with_best(
    cells: Sequence[Cell], sections: Sequence[int], decimals: int | None, *, higher: bool, second: bool = False
) -> list[Cell]:
    """Mark the best cells of each section, and if ``second`` also those with the second best value.

    Rounded values are compared, so that equal numbers are equally good. higher: whether a larger value is better.
    """
    values = [cell.value for cell in cells]
    shown = [v if v is None or decimals is None else round(v, decimals) for v in values]
    ranks: dict[int, list[float]] = {}
    for section in set(sections):
        here = {value for at, value in zip(sections, shown, strict=True) if at == section and value is not None}
        ranks[section] = sorted(here, reverse=higher)[:2]
    triples = zip(cells, sections, shown, strict=True)
    return [
        replace(
            cell,
            best=value is not None and value == ranks[section][0],
            second=second and value is not None and ranks[section][1:] == [value],
        )
        for cell, section, value in triples
    ]

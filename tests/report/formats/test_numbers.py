import pytest

from mihash_bench.report.formats.numbers import cell_text
from mihash_bench.report.tables.model import Cell, Column


@pytest.mark.parametrize(
    ("cell", "column", "text"),
    [
        (Cell(1234.5678, 0.25), Column("", decimals=2), "1,234.57 ± 0.25"),
        (Cell(0.5, 0.0), Column("", decimals=3), "0.500 ± 0.000"),
        (Cell(0.25, differs=True), Column("", decimals=2), "0.25*"),
        (Cell(0.25), Column("", decimals=2, signed=True), "+0.25"),
        (Cell(-0.25), Column("", decimals=2, signed=True), "-0.25"),
        (Cell(0.00004), Column("", decimals=4, least=0.0001), "<0.0001"),
        (Cell(0.0001), Column("", decimals=4, least=0.0001), "0.0001"),
        (Cell(1 / 3), Column("", decimals=None), "0.3333333333333333"),
        (Cell(), Column("", decimals=2), "--"),
    ],
)
def test_numbers_are_written_as_their_column_says(cell, column, text):
    assert cell_text(cell, column) == text

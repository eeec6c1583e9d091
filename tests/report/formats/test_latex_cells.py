"""Numbers in LaTeX, as formulas and in S columns."""

import pytest

from mihash_bench.report.formats.latex_cells import Formulas, SColumns
from mihash_bench.report.tables.model import Cell, Column

MAP, COUNT, P = Column("mAP", decimals=3), Column("n", decimals=0), Column("p", decimals=4, least=0.0001)


@pytest.mark.parametrize(
    ("cell", "column", "formula", "in_s"),
    [
        (Cell(), MAP, "--", "{--}"),
        (Cell(0.5), MAP, "$0.500$", "0.500"),
        (Cell(0.5, 0.01), MAP, r"$0.500 \pm 0.010$", r"0.500 \pm 0.010"),
        (Cell(0.5, 0.01, best=True), MAP, r"$\mathbf{0.500 \pm 0.010}$", r"\bfseries 0.500 \pm 0.010"),
        (Cell(0.5, 0.01, differs=True), MAP, r"$0.500 \pm 0.010$\rlap{$^{*}$}", r"0.500 \pm 0.010{$^{*}$}"),
        (Cell(0.5, second=True), MAP, r"$\underline{0.500}$", r"{\underline{\num{0.500}}}"),
        (Cell(12345.0), COUNT, "$12{,}345$", "12345"),
        (Cell(1e-9), P, "$<0.0001$", "{$<0.0001$}"),
        (Cell(-0.5), Column("d", decimals=2, signed=True), "$-0.50$", "-0.50"),
    ],
)
def test_cells(cell, column, formula, in_s):
    assert Formulas().number(cell, column) == formula
    assert SColumns().number(cell, column) == in_s


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        (["0.500 ± 0.010", "", "0.500 ± 0.100"], "S[table-format=1.3(3)]"),
        (["50.0 ± 0.0", "8.0 ± 12.1"], "S[table-format=2.1(3)]"),
        (["12,345"], "S[table-format=5.0]"),
        (["+0.50", "-10.25"], "S[table-format=+2.2]"),
        ([""], "r"),
        (["<0.0001", "0.0500"], "S[table-format=1.4]"),
    ],
)
def test_an_s_column_has_room_for_its_longest_number_and_spread(numbers, kind):
    assert SColumns().kind(numbers) == kind

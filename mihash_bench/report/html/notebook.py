"""Tables in a notebook."""

from collections.abc import Sequence

from mihash_bench.report.html.page import environment
from mihash_bench.report.html.tables import plain_table
from mihash_bench.report.tables.model import Table


def tables_html(tables: Sequence[Table]) -> str:
    """Return tables as HTML elements, in which every text is escaped."""
    return environment().get_template("notebook.html").render(tables=[plain_table(table) for table in tables])

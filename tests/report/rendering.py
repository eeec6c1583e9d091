"""A summary in each format, as the command line and the report write it."""

from functools import partial

from mihash_bench.report.render import render

as_markdown, as_latex, as_csv = (partial(render, name=name) for name in ("markdown", "latex", "csv"))

"""The page: a template, a style sheet, scripts and data in one file, with a policy that allows nothing else."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from mihash_bench.report.html.script_text import digest, json_text, packed
from mihash_bench.text import one_line

# In this order they are one script.
SCRIPTS = ("data", "theme", "choices", "figure", "curves", "tables", "queries", "trigger", "start")


def resource(name: str) -> str:
    """Return the text of a template, a style sheet or a script."""
    return (files("mihash_bench.report.html") / "templates" / name).read_text(encoding="utf-8")


def environment() -> Environment:
    """Return templates in which every text is escaped and in one line, with visible control characters."""
    return Environment(
        autoescape=True,
        loader=FunctionLoader(resource),
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markup) else one_line(value),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def script() -> str:
    """Return the script of the page, whose parts share one scope that nothing else sees."""
    parts = "\n".join(resource(f"{name}.js") for name in SCRIPTS)
    return f'(function () {{\n"use strict";\n{parts}}})();\n'


def page(contents: Mapping[str, Any], data: Mapping[str, Any], plotly: str) -> str:
    """Return the page. contents: the values of the template. data: those of the script. plotly: plotly's script.

    The content security policy allows the two scripts by their digests, styles and images within the page, and no
    connection. So a text that became markup by mistake could still do nothing.
    """
    own = script()
    policy = (
        f"default-src 'none'; script-src {digest(own)} {digest(plotly)}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return environment().get_template("page.html").render(
        **contents,
        policy=policy,
        style=Markup(resource("style.css")),
        script=Markup(own),
        data=Markup(json_text(data)),
        plotly=Markup(packed(plotly)),
    )  # fmt: skip

"""The report of the paper study as one HTML file without scripts."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from mihash_bench.report.html.page import environment, resource
from mihash_bench.report.html.tables import plain_table
from mihash_bench.report.making import made_text
from mihash_bench.report.paper.account import TITLE, Account

# A figure that takes more of the width of the page in print is twice as wide here, too.
HALF = 0.5


def web_page(account: Account, drawings: Mapping[str, bytes], facts: Mapping[str, Any] | None) -> str:
    """Return the page. drawings: the SVG of each figure by its name. facts: what made it, or None for nothing.

    A figure is an image of its own, so that the names within one SVG do not meet those of another.
    """
    pictures = [
        {"caption": f"{picture.caption}.", "wide": picture.width > HALF, "source": _source(drawings[picture.name])}
        for picture in account.pictures
    ]
    return environment().get_template("paper.html").render(
        title=TITLE, account=account, pictures=pictures, tables=[plain_table(table) for table in account.tables],
        made=made_text(facts) if facts else "", style=Markup(resource("style.css")),
        policy="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
    )  # fmt: skip


def _source(drawing: bytes) -> str:
    return f"data:image/svg+xml;base64,{b64encode(drawing).decode()}"

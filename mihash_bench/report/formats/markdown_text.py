"""Texts in Markdown that are shown as they are: no markup, no HTML, no link and no second cell."""

import re

from mihash_bench.text import one_line

# The alternatives are tried in this order. Those that are kept have no meaning in Markdown.
_MARKUP = re.compile(
    r"""
      (?P<kept> (?<=[A-Za-z0-9]) \[[A-Za-z0-9]+=[A-Za-z0-9]+\] (?![\[(:])   # mAP[ties=index]
              | (?<=[A-Za-z0-9]) _ (?=[A-Za-z0-9])                          # step_size
              | (?<=[ ]) \* (?=[ ]) )                                        # an asterisk on its own
    | (?P<entity> & (?=\#?\w+;) | [<>] )
    | [\\`*_\[\]|~$] | : (?=//) | (?<=[Ww]{3}) \.
    """,
    re.VERBOSE,
)
# At the beginning of a paragraph these would begin a heading or a list.
_OPENING = re.compile(r"([#+=-]|\d+(?=[.)]))")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escaped(text: str) -> str:
    """Return a text in one line that Markdown shows as it is, in a cell or within a paragraph."""
    return _MARKUP.sub(_escape, one_line(text).strip())


def paragraph(text: str) -> str:
    """Return a text as a paragraph of its own."""
    shown = escaped(text)
    opening = _OPENING.match(shown)
    if not opening:
        return shown
    return f"{opening[0]}\\{shown[opening.end() :]}" if opening[0].isdigit() else f"\\{shown}"


def _escape(found: re.Match[str]) -> str:
    if found["kept"]:
        return found[0]
    return _ENTITIES[found[0]] if found["entity"] else f"\\{found[0]}"

"""Conversion of arbitrary values and exceptions to text that can be stored and displayed."""

import re
from html import escape
from typing import Any

# Braces keep a bracket at the start of a row from being read as the argument of the line break before it.
LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "[": "{[}", "]": "{]}", "†": r"$\dagger$", "‡": r"$\ddagger$",
}  # fmt: skip


def message_of(error: BaseException) -> str:
    """Return the message of an exception, even if its ``__str__`` fails."""
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 - the code is not part of this package
        return "(its message cannot be printed)"


def writable(value: Any) -> str:
    """Return a value as text that can be stored in any file: NUL and lone surrogates become escapes.

    None becomes the empty text. A value that cannot be printed is replaced by a note.
    """
    if value is None:
        return ""
    try:
        # A subclass of str may override __str__.
        text = str.__str__(value) if isinstance(value, str) else str(value)
    except BaseException:  # noqa: BLE001 - the code is not part of this package
        text = "(a value that cannot be printed)"
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def printable(value: Any) -> str:
    """Return a value as text for a terminal: control characters other than line breaks become escapes."""
    text = writable(value)
    return text if text.isprintable() else "".join(c if c == "\n" or c.isprintable() else _escape(c) for c in text)


def one_line(value: Any) -> str:
    """Return a value as printable text in one line: a line break with the spaces around it becomes one space."""
    return re.sub(r"\s*\n\s*", " ", printable(value).strip("\n"))


def latex_text(value: Any) -> str:
    """Return a value in one line that LaTeX sets as it is; an empty line would end the argument of a macro."""
    return "".join(LATEX.get(character, character) for character in one_line(value))


def html_text(value: Any) -> str:
    """Return a value as preformatted text in HTML, with visible control characters."""
    return f"<pre>{escape(printable(value))}</pre>"


def shortened(text: str, characters: int) -> str:
    """Return a text shortened to about the given number of characters: its beginning and, mostly, its end."""
    if len(text) <= characters:
        return text
    beginning = characters // 4
    return f"{text[:beginning]}\n[...]\n{text[beginning - characters :]}"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()


def duration(seconds: float) -> str:
    """Return a time in the largest unit of which there is at least one, such as ``12 min``."""
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 else "less than 1 s"

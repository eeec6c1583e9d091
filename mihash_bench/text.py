"""Text that can be written and shown, whatever value or exception it comes from."""

from typing import Any


def message_of(error: BaseException) -> str:
    """Return the message of an exception, whatever its ``__str__`` does."""
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 - it comes from code of somebody else
        return "(its message cannot be printed)"


def writable(value: Any) -> str:
    """Return a value as text that any file and any encoding holds: NUL and lone surrogates become escapes.

    None becomes the empty text, and a value that cannot be printed says so.
    """
    if value is None:
        return ""
    try:
        # A subclass of str may print itself in its own way.
        text = str.__str__(value) if isinstance(value, str) else str(value)
    except BaseException:  # noqa: BLE001 - it comes from code of somebody else
        text = "(a value that cannot be printed)"
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def printable(value: Any) -> str:
    """Return a value as text that a terminal shows as it is: control characters but line breaks become escapes."""
    return "".join(c if c == "\n" or c.isprintable() else _escape(c) for c in writable(value))


def one_line(value: Any) -> str:
    """Return a value as printable text in one line."""
    return " ".join(printable(value).split())


def shortened(text: str, characters: int) -> str:
    """Return a text of at most about so many characters: its beginning and, mostly, its end."""
    if len(text) <= characters:
        return text
    beginning = characters // 4
    return f"{text[:beginning]}\n[...]\n{text[beginning - characters :]}"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()

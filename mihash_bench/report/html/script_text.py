"""Texts within script elements: JSON that ends no element, and the digests by which a page allows its own scripts."""

import gzip
import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from mihash_bench.text import one_line

# Within a script element these characters could begin a tag or a comment. JSON reads the escapes as the characters.
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def json_text(value: Any) -> str:
    """Return a value as JSON for a script element, its texts in one line with visible control characters.

    NaN and infinity become null. All characters are ASCII, so that U+2028 and U+2029 are escapes as well.
    """
    return json.dumps(_plain(value), ensure_ascii=True, allow_nan=False, separators=(",", ":")).translate(_ESCAPES)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {one_line(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        return one_line(value)
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and not abs(plain) < float("inf") else plain


def packed(text: str) -> str:
    """Return a text compressed with gzip, as base64. The same text gives the same characters at any time."""
    return b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def digest(script: str) -> str:
    """Return the source expression of a content security policy that allows one script."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"

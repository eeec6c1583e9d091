"""Signatures as they are written. Sphinx prints what the aliases of numpy stand for: three lines for an array."""

import ast
import inspect
import textwrap
from typing import Any


def as_written(
    app: Any, what: str, name: str, documented: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """Return arguments and return type of a function, a method or a constructor; None to leave them to Sphinx."""
    if what not in ("function", "method", "class"):
        return None
    function = _definition(documented.__init__ if what == "class" else documented)
    if signature is None or function is None:
        return None
    for listed in (function.args.posonlyargs, function.args.args):
        if listed and listed[0].arg in ("self", "cls"):
            del listed[0]
    shown = function.returns if what != "class" else None
    return f"({ast.unparse(function.args)})", ast.unparse(shown) if shown else None


def _definition(function: Any) -> ast.FunctionDef | None:
    """Return the syntax tree of a function, or None if it has no source, as the constructor of a dataclass."""
    try:
        [found] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, TypeError, SyntaxError):
        return None
    return found if isinstance(found, ast.FunctionDef) else None

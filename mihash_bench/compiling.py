"""Compilation of loops by numba, also where the compiled code cannot be kept or was made from sources that changed."""

import hashlib
import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

import numba
from numba import types
from numba.core.caching import FunctionCache
from numba.extending import intrinsic

# An import at the beginning of a line, which has been done when the first function of a module is compiled.
_IMPORT = re.compile(r"^(?:from\s+([.\w]+)\s+)?import\s+(\([^)]*\)|.*)", re.MULTILINE)


def compiled(*signatures: str, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that compiles a function as ``numba.njit`` does and keeps the code for later processes.

    numba keeps it beside the source or in the user's cache folder. If neither can be written, as in some containers,
    the function is compiled in each process that is not forked from another one. The code is not used again after an
    edit of the function's module, or of one whose code or constants it may contain (``_sources``).
    """

    def decorate(function: Callable[..., Any]) -> Any:
        njit: Any = numba.njit
        if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
            return function
        try:
            result = njit(**options)(function)
            result._cache = _Cache(function)  # type: ignore[no-untyped-call]
            for signature in signatures:
                result.compile(signature)
            if signatures:
                result.disable_compile()
            return result
        except (RuntimeError, OSError):
            # There is no folder for the code, or its disk is full. Errors in the function are raised again below.
            result = njit(*signatures, **options)(function)
            _say_once()
            return result

    return decorate


class _Cache(FunctionCache):
    """Compiled code in files.

    numba finds it by the signature, the processor, the bytecode of the function and the text of its file. The text and
    the numbers of other modules, which numba copies into the code, are added here.
    """

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        module = self._py_func.__module__ or ""
        found = super()._index_key(sig, codegen)  # type: ignore[no-untyped-call]
        return (*found, _digest(module), _numbers(module))


@cache
def _digest(module: str) -> str:
    return hashlib.sha256(repr(sorted(_sources(module).items())).encode()).hexdigest()


def _numbers(module: str) -> tuple[tuple[str, str, str], ...]:
    """Return the numbers among the variables of the modules that code of a module may contain."""
    return tuple(
        (each, name, repr(value))
        for each in sorted(_sources(module))
        for name, value in sorted(vars(sys.modules[each]).items())
        if isinstance(value, int | float)
    )


@cache
def _sources(module: str) -> dict[str, str]:
    """Return the text of a module and of those whose code or constants its compiled functions may contain, by name.

    These are the modules of the same package that it imports, directly or not.
    """
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in sys.modules or name in found or name.partition(".")[0] != module.partition(".")[0]:
            continue
        found[name] = _text(name)
        waiting += _imported(found[name], sys.modules[name].__package__ or "")
    return found


def _text(module: str) -> str:
    """Return the text of an imported module, or nothing if it has no file."""
    file = getattr(sys.modules[module], "__file__", None)
    with suppress(OSError):
        return Path(file).read_text("utf-8", "replace") if file else ""
    return ""


def _imported(text: str, package: str) -> Iterator[str]:
    """Yield the full names of all modules and of everything else that a module of a package imports."""
    for base, names in _IMPORT.findall(text):
        above = resolve_name(base, package) if base else ""
        yield above
        yield from (f"{above}.{name}".lstrip(".") for name in re.findall(r"[.\w]+", names))


@intrinsic
def bits_of(typing_context: Any, value: Any) -> Any:
    """In compiled code, return the bits of a number in double precision as an integer."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int64))

    return types.int64(types.float64), generate


@intrinsic
def from_bits(typing_context: Any, value: Any) -> Any:
    """In compiled code, return the number in double precision with the bits of an integer."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return types.float64(types.int64), generate


def is_kept() -> bool:
    """Return whether the code of all functions that were compiled in this process is kept for later ones."""
    return not _say_once.cache_info().currsize


@cache
def _say_once() -> None:
    logging.getLogger(__name__).warning(
        "mihash-bench: compiled code cannot be kept, so each command compiles again (NUMBA_CACHE_DIR names a folder)"
    )

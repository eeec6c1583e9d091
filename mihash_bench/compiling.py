"""Compilation of loops by numba, also where the compiled code cannot be kept."""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

import numba
from numba import types
from numba.extending import intrinsic


def compiled(*signatures: str, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that compiles a function as ``numba.njit`` does and keeps the code for later processes.

    numba keeps it beside the source or in the user's cache folder. If neither can be written, as in some containers,
    the function is compiled in each process that is not forked from another one.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        njit: Any = numba.njit
        try:
            return njit(*signatures, cache=True, **options)(function)
        except (RuntimeError, OSError):
            # There is no folder for the code, or its disk is full. Errors in the function are raised again below.
            result = njit(*signatures, **options)(function)
            _say_once()
            return result

    return decorate


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

"""The command as it was typed, without what tells who typed it."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from mihash_bench.anonymous import anonymous, anonymous_path

_WORDS = "mihash_bench.words"


def keep_words(ctx: click.Context, words: Sequence[str]) -> None:
    """Remember the words after ``mihash-bench``."""
    ctx.meta[_WORDS] = list(words)


def typed_command(ctx: click.Context) -> str:
    """Return the command that is being performed as text for a shell, without what ``anonymous`` leaves out."""
    paths = {value for value in ctx.params.values() if isinstance(value, Path)}
    return shlex.join(["mihash-bench", *_anonymous(ctx.meta.get(_WORDS, []), paths)])


def made_by(ctx: click.Context, no_provenance: bool) -> tuple[str, str] | None:
    """Return how an output is made, or None if it is not to say so; see ``report.making.Making``."""
    return None if no_provenance else ("command", typed_command(ctx))


def _anonymous(words: Sequence[str], paths: set[Path]) -> Iterator[str]:
    for word in words:
        # An option and its value may be one word: --results=DIR, -oDIR.
        name, equals, value = word.partition("=")
        if Path(word) in paths:
            yield anonymous_path(word)
        elif word.startswith("--") and equals and Path(value) in paths:
            yield f"{name}={anonymous_path(value)}"
        elif not word.startswith("--") and word.startswith("-") and Path(word[2:]) in paths:
            yield word[:2] + anonymous_path(word[2:])
        else:
            yield anonymous(word)

"""The page of a leaderboard in Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mihash_bench.report.formats.markdown import to_markdown
from mihash_bench.report.formats.markdown_text import escaped, paragraph
from mihash_bench.report.leaderboard.origins import keys_digest
from mihash_bench.report.leaderboard.prose import (
    FRONTS,
    LEARNING,
    MARKS,
    NO_TUNED,
    PARAMETERS,
    STAND_INS,
    TUNED_RUNS,
    WHAT,
    trials_text,
)
from mihash_bench.report.leaderboard.sections import Section

TITLE = "Leaderboard"


@dataclass(frozen=True)
class Facts:
    """What the page says about how it was made.

    command: the command that wrote it, or "". software, made_by: see ``origins``. budgets: those of tuning; see
    ``budgets``.
    """

    command: str
    software: Sequence[str]
    made_by: Sequence[str]
    budgets: Sequence[str]


def page_of(sections: Sequence[Section], figures: Sequence[str], left_out: Sequence[str], facts: Facts) -> str:
    """Return the page. figures: the file of each section's figure, or ""."""
    parts = [f"# {TITLE}", *_introduction(sections, facts)]
    for section, figure in zip(sections, figures, strict=True):
        parts += _section(section, figure)
    parts += [*_left_out(left_out), *_provenance(sections, facts)]
    return "\n\n".join(parts) + "\n"


def _introduction(sections: Sequence[Section], facts: Facts) -> Iterator[str]:
    trials = sorted({section.trials for section in sections})
    yield from (WHAT, paragraph(MARKS), *map(trials_text, trials), paragraph(PARAMETERS))
    yield from (TUNED_RUNS if facts.budgets else NO_TUNED, paragraph(LEARNING))
    if any(section.note for section in sections):
        yield STAND_INS
    if any(section.front for section in sections):
        yield FRONTS


def _section(section: Section, figure: str) -> Iterator[str]:
    yield f"## {escaped(section.title)}"
    if section.note:
        yield f"{escaped(section.note)}."
    yield to_markdown([section.board])
    if section.front:
        yield f"### The Pareto front of {escaped(section.title)}"
        what = f"{section.title}: the metric over bit recomputations of all entries, with the Pareto front"
        yield f"![{escaped(what)}]({figure})"
        yield to_markdown(section.front)
    if section.tuned:
        yield f"### Tuned parameters on {escaped(section.title)}"
        yield to_markdown(section.tuned)


def _left_out(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield "## Left out"
        yield "\n".join(f"* {escaped(line)}" for line in lines)


def _provenance(sections: Sequence[Section], facts: Facts) -> Iterator[str]:
    yield "## Provenance"
    if facts.command:
        yield f"This page: {escaped(facts.command)}."
    rows = [_row(section) for section in sections]
    heads = ["Section", "Runs", "Trials", "Digest of the run keys"]
    yield "\n".join("| " + " | ".join(line) + " |" for line in [heads, ["---"] * len(heads), *rows])
    yield (
        "The digest is the beginning of SHA-256 over the sorted keys of the runs, one a line. A key changes with every "
        "value that changes a result, so that the same digest means the same results."
    )
    lists = (
        ("Runs were made by", facts.made_by),
        ("Tuning tried", facts.budgets),
        ("Software of the runs", facts.software),
    )
    for title, lines in lists:
        if lines:
            yield f"{title}:\n\n" + "\n".join(f"* {escaped(line)}" for line in lines)


def _row(section: Section) -> list[str]:
    return [escaped(section.title), str(len(section.keys)), str(section.trials), f"`{keys_digest(section.keys)}`"]

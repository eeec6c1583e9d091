"""A page for each verb: what ``--help`` says, and commands with what they print."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from making.markdown import contents, fence
from making.places import DOCS
from making.terminal import COLUMNS, Terminal
from mihash_bench.cli.main import main
from mihash_bench.cli.sections import SECTIONS

PROGRAM = "mihash-bench"


@dataclass(frozen=True)
class Example:
    """Commands of one example, typed one after the other.

    commands: each is shown with what it prints. say: a sentence before them. code: the exit code of the last one.
    needs: a module without which the commands cannot run. figure, download: a file that they write, and that the page
    shows or offers.
    lines: the most lines of output that are shown of each command.
    """

    commands: tuple[str, ...]
    say: str = ""
    code: int = 0
    needs: str = ""
    figure: str = ""
    download: str = ""
    lines: int = 40


def examples(file: Path = DOCS / "making" / "examples.toml") -> dict[str, list[Example]]:
    """Return the examples of each verb, in the order in which they are typed."""
    read = tomllib.loads(file.read_text("utf-8"))
    return {verb: [_example(each) for each in listed] for verb, listed in read.items()}


def _example(values: Mapping[str, Any]) -> Example:
    return Example(**{**values, "commands": tuple(values["commands"])})


def verb_pages(folder: Path, terminal: Terminal) -> None:
    """Write the pages of all verbs, and one that lists them by section."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = examples()
    # In the order of the file, because an example uses what those before it have made.
    for verb in shown:
        text = "\n\n".join(_page(verb, shown[verb], terminal, folder))
        (folder / f"{verb}.md").write_text(f"{text}\n", "utf-8")
    (folder / "index.md").write_text("\n\n".join(_index()) + "\n", "utf-8")


def _index() -> Iterator[str]:
    yield "# Verbs"
    yield (
        "A page for each verb of the command line: what its `--help` says, and what it prints. The commands were "
        "typed one after the other in one folder when this site was built."
    )
    for section, verbs in SECTIONS.items():
        yield f"## {section}"
        yield contents(verbs)


def _page(verb: str, shown: list[Example], terminal: Terminal, folder: Path) -> Iterator[str]:
    command = main.commands[verb]
    yield f"# {verb}"
    yield fence(help_of(command, verb))
    for example in shown:
        yield from _shown(example, terminal, folder)
    for name, below in getattr(command, "commands", {}).items():
        yield f"## {verb} {name}"
        yield fence(help_of(below, f"{verb} {name}"))


def help_of(command: click.Command, words: str) -> str:
    """Return what ``--help`` prints."""
    above = click.Context(main, info_name=PROGRAM, **main.context_settings)
    context = click.Context(command, above, words, terminal_width=COLUMNS, max_content_width=COLUMNS)
    return command.get_help(context)


def _shown(example: Example, terminal: Terminal, folder: Path) -> Iterator[str]:
    if example.say:
        yield example.say
    if example.needs and find_spec(example.needs) is None:
        yield f"(The output is missing here: `{example.needs}` was not installed when this site was built.)"
        yield fence("\n".join(f"$ {command}" for command in example.commands), "console")
        return
    last = len(example.commands) - 1
    typed = [
        f"$ {command}\n{_first(terminal.type(command, example.code if place == last else 0), example.lines)}".rstrip()
        for place, command in enumerate(example.commands)
    ]
    yield fence("\n".join(typed), "console")
    if example.figure:
        kept = _kept(terminal.folder / example.figure, folder)
        yield f"![The figure that the command writes]({kept})"
    if example.download:
        kept = _kept(terminal.folder / example.download, folder)
        yield f"{{download}}`The file that the command writes <{kept}>`"


def _first(output: str, lines: int) -> str:
    found = output.splitlines()
    return "\n".join([*found[:lines], "[...]"] if len(found) > lines else found)


def _kept(made: Path, folder: Path) -> str:
    """Copy a file to the figures beside the folder of pages, and return its path from a page."""
    figures = folder.parent / "figures"
    figures.mkdir(exist_ok=True)
    (figures / made.name).write_bytes(made.read_bytes())
    return f"../figures/{made.name}"

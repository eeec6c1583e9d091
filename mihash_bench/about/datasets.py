"""What datasets are: content, parameters, files and BibTeX."""

from collections.abc import Iterator
from typing import Any

from mihash_bench.about.docstrings import prose_of
from mihash_bench.about.pages import citation_lines, parameter_lines
from mihash_bench.text import one_line, printable


def dataset_page(source: Any) -> str:
    """Describe a dataset, given its class."""
    return "\n".join(_lines(source))


def _lines(source: Any) -> Iterator[str]:
    yield one_line(f"{source.title} ({source.name})")
    yield f"\n{printable(prose_of(source)) or 'The class has no docstring.'}\n"
    yield f"Stream: {source.examples} examples by default"
    yield from parameter_lines(source, source.name, source.constraints)
    for file in source.files:
        yield one_line(f"File {file.name}: {file.holds}; published at {file.published}")
    yield ""
    yield from citation_lines(source)

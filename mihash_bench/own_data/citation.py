"""The BibTeX of an imported dataset."""

from mihash_bench.own_data.about import About
from mihash_bench.text import latex_text

# BibTeX counts braces also after a backslash.
_BRACES = {r"\{": r"\textbraceleft{}", r"\}": r"\textbraceright{}"}


def bibtex_of(about: About) -> str:
    """Return the citation that was given with the import if it is a BibTeX entry, or an entry that has it as its note.

    The key of such an entry is the name of the dataset. Without a citation, the result is empty.
    """
    if not about.citation or about.citation.startswith("@"):
        return about.citation
    return f"@misc{{{about.name},\n  title = {{{_text(about.title)}}},\n  note = {{{_text(about.citation)}}},\n}}"


def _text(value: str) -> str:
    text = latex_text(value)
    for brace, command in _BRACES.items():
        text = text.replace(brace, command)
    return text

"""Pieces of Markdown, read by the parser that the site's builder uses as well."""

import pytest
from making.markdown import contents, fence, prose, table
from markdown_it import MarkdownIt

DOCSTRING = """The step is `W <- W - eta_t x^T g` with weights W_ and *no* [link](x), a < b and |x|.

1. B starts with `sgn(X W)`.
2. Once over the bits."""


def tokens(text):
    return MarkdownIt("commonmark").enable("table").parse(text)


def test_prose_stands_as_it_is_written():
    [paragraph, *_] = [token for token in tokens(prose(DOCSTRING)) if token.type == "inline"]
    kinds = {child.type for child in paragraph.children}
    assert kinds <= {"text", "code_inline", "text_special"}
    shown = "".join(child.content for child in paragraph.children)
    assert shown == DOCSTRING.split("\n")[0].replace("`", "")


def test_numbered_steps_stay_a_list():
    assert [token.type for token in tokens(prose(DOCSTRING))].count("list_item_open") == 2


@pytest.mark.parametrize("text", ["plain", "with ``` three", "with ```` four\n``` and three"])
def test_a_block_of_code_contains_all_of_the_text(text):
    [block] = tokens(fence(text, "toml"))
    assert block.content == f"{text}\n"
    assert block.info == "toml"


def test_a_cell_may_have_a_bar():
    cells = [token.content for token in tokens(table(("a", "b"), [("|x|", "`y|z`")])) if token.type == "inline"]
    assert cells == ["a", "b", "|x|", "`y|z`"]


def test_contents_lists_pages_after_the_options():
    [block] = tokens(contents(["one", "two"]))
    assert block.info == "{toctree}"
    assert block.content == ":maxdepth: 1\n\none\ntwo\n"

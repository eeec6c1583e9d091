"""Whatever a name contains, each format shows it as text."""

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mihash_bench.report.data.summary import summary_of
from mihash_bench.report.formats.csv_cells import text_cell, with_text_cells
from mihash_bench.report.formats.latex import escaped as latex
from mihash_bench.report.formats.markdown_text import escaped as markdown
from mihash_bench.report.formats.markdown_text import paragraph
from mihash_bench.text import one_line

from ..frames import joined, run
from ..rendering import as_csv, as_latex, as_markdown

NASTY = [
    "\\input{/etc/passwd}", "a\\|b", "a|b", "`code`", "<script>alert(1)</script>", "&lt;b&gt;", "[t](javascript:x)",
    "![i](http://e.org)", "http://e.org", "www.e.org", "**bold** __bold__ _i_ ~~s~~", "# heading", "1. item", "- item",
    "> quote", "===", "[x]: http://e.org", "mAP[a=b](javascript:x)", "a\n\n# b", "$x_1^2$ 100% #1 & {~", "^^5cinput",
    "\x1b[31m\r\t\u202e", "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1",
]  # fmt: skip
# Texts made of the signs that mean something somewhere.
texts = st.text(st.sampled_from("\\`*_{}[]()#+-.!|~$<>&;:=@%^/\"'\n\r\t\x1b a1w\u202eé")) | st.text()
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# What LaTeX sets as it is: escaped signs, names of signs, and characters without a meaning.
SET_AS_IT_IS = re.compile(
    r"(\\[&%$#_{}]|\\text(backslash|asciitilde|asciicircum|less|greater|bar)\{\}|\$\\(pm|dagger|ddagger)\$|\{[\[\]]\}"
    r"|[^\\&%$#_{}~^\[\]<>|\n\r])*"
)


def inline(tokens):
    """The content of each piece of text, as (type, text) pairs."""
    return [(part.type, part.content) for token in tokens if token.type == "inline" for part in token.children]


def shown(tokens):
    parts = inline(tokens)
    assert {kind for kind, _ in parts} <= {"text", "text_special"}
    return "".join(content for _, content in parts)


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("as_text", [markdown, latex, text_cell])
def test_nasty_texts_are_one_printable_line(as_text, text):
    assert as_text(text.replace("\n", " ")).isprintable()


@given(texts)
def test_latex_gets_no_sign_with_a_meaning(text):
    assert SET_AS_IT_IS.fullmatch(latex(text))


@given(texts)
def test_a_markdown_cell_stays_one_cell_with_its_text(text):
    tokens = PARSER.parse(f"| a | b |\n| --- | --- |\n| {markdown(text)} | last |\n")
    types = [token.type for token in tokens]
    assert types.count("td_open") == 2
    assert types[0] == "table_open"
    assert types[-1] == "table_close"
    assert shown(tokens) == f"ab{one_line(text).strip()}last"


@given(texts.filter(lambda text: one_line(text).strip()))
def test_a_markdown_paragraph_stays_one_paragraph_with_its_text(text):
    tokens = PARSER.parse(paragraph(text))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert shown(tokens) == one_line(text).strip()


@pytest.mark.parametrize("text", ["http://e.org", "see https://e.org", "www.e.org", "WWW.e.org"])
def test_an_address_becomes_no_link_where_markdown_makes_links_of_addresses(text):
    assert not re.search(r"(?<!\\):(?=//)|www\.", markdown(text), re.IGNORECASE)


@pytest.mark.parametrize("text", ["mAP[ties=index]", "MIHash (step_size=0.5)", "best * worse", "CIFAR-10 sample (n=1)"])
def test_usual_names_are_the_same_in_markdown(text):
    assert markdown(text) == text


@given(texts)
def test_a_cell_of_a_csv_file_is_no_formula(text):
    cell = text_cell(text)
    assert not re.match(r"\s*[=@\uff1d\uff0b\uff0d\uff20\t\r]", cell)
    assert not re.match(r"\s*[+-]", cell) or float(cell) is not None
    assert cell.removeprefix("'") in one_line(text) or "\n" in text


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("-1+cmd", "'-1+cmd"), ("\t=1", "\\t=1"), ("\r=1", "\\r=1"),
        ("-1", "-1"), ("+1e-5", "+1e-5"), ("-", "'-"), ("step_size=-1", "step_size=-1"), ("'quoted", "'quoted"),
    ],
)  # fmt: skip
def test_a_formula_begins_with_an_apostrophe_and_a_number_does_not(text, cell):
    assert text_cell(text) == cell


def test_numbers_of_a_csv_file_stay_numbers_and_names_of_columns_are_cells():
    frame = pd.DataFrame({"x": [-1.5, 2.0], "=y": [-1, 1], "text": ["=1", None], "mixed": [-2, "@a"]})
    back = pd.read_csv(io.StringIO(with_text_cells(frame).to_csv(index=False)))
    assert back["x"].tolist() == [-1.5, 2.0]
    assert back["'=y"].tolist() == [-1, 1]
    assert back["text"].fillna("").tolist() == ["'=1", ""]
    assert back["mixed"].tolist() == ["-2", "'@a"]


@pytest.fixture(scope="module")
def usual_lines():
    """Number of lines of the LaTeX table without nasty texts."""
    return len(as_latex(summary_of(joined(run(), run("osh")), ["mAP"])).splitlines())


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("columns", [("method_title", "dataset_title", "variant"), ("bits", "trigger", "metric")])
def test_a_table_keeps_its_form_whatever_its_columns_hold(usual_lines, columns, text):
    metric = text if "metric" in columns else "mAP"
    frame = joined(run(), run("osh")).rename(columns={"mAP": metric})
    summary = summary_of(frame.assign(**{name: text for name in columns if name != "metric"}), [metric])
    md, tex, table = as_markdown(summary), as_latex(summary), as_csv(summary)
    tokens = PARSER.parse(md)
    assert {kind for kind, _ in inline(tokens)} <= {"text", "text_special", "strong_open", "strong_close"}
    assert {token.type.split("_")[0] for token in tokens} <= {
        "table", "thead", "tbody", "tr", "th", "td", "inline", "paragraph"
    }  # fmt: skip
    assert not re.search(r"(?<!\\textbackslash\{\})\\(input|write|immediate)|\^\^", tex)
    assert len(tex.splitlines()) == usual_lines
    rows = list(csv.reader(io.StringIO(table)))
    assert len({len(row) for row in rows}) == 1
    assert not [cell for row in rows for cell in row if re.match(r"[=@\t\r]|[+-](?!\d*\.?\d+(e-?\d+)?$)", cell)]
    for written in (md, tex, table):
        assert all(character == "\n" or character.isprintable() for character in written)

"""The two-page report of the paper study."""

import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from mihash_bench.report.figures.design import Design
from mihash_bench.report.figures.figure import draw_figure
from mihash_bench.report.paper.account import account_of
from mihash_bench.report.paper.document import compiled, latex_document
from mihash_bench.report.paper.figures import figures_of
from mihash_bench.report.paper.web_page import web_page

HOSTILE = "</style><script>alert(1)</script> \\input{/etc/passwd} 100 % & $x_1$"


class Texts(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def hostile(runs):
    titled = runs.frame["dataset_title"].where(runs.frame["part"] != "places205", HOSTILE)
    return replace(runs, frame=runs.frame.assign(dataset_title=titled))


def test_the_page_has_claims_figures_tables_and_notes_and_no_markup_of_the_runs(hostile):
    account = account_of(hostile, ["fig-online"])
    page = Texts(web_page(account, {"fig-online": b"<svg/>"}, None))
    said = " ".join(" ".join(page.texts).split())
    assert "STAND-IN data instead of CIFAR-10, LabelMe; a quick run of short streams." in said
    assert "MIHash has the highest mAP of the online methods. holds" in said
    assert HOSTILE in said
    tags = [tag for tag, _ in page.tags]
    assert "script" not in tags
    assert tags.count("table") == 4
    [image] = [attributes for tag, attributes in page.tags if tag == "img"]
    assert image["src"].startswith("data:image/svg+xml;base64,")
    assert image["alt"].startswith("mAP over examples")


def test_tables_have_short_captions_and_refer_to_notes_that_exist(runs):
    account = account_of(runs, [])
    assert max(len(table.caption) for table in account.tables) < 120
    assert not any(table.notes for table in account.tables)
    captions = [table.caption for table in account.tables]
    numbers = [int(number) for text in captions for number in re.findall(r"\d+", text.rpartition("(")[2])]
    assert max(numbers) == len(account.notes)
    assert any("STAND-IN for CIFAR-10" in note for note in account.notes)


def test_times_and_memory_are_on_the_page_and_not_in_the_document(runs):
    account = account_of(runs, [])
    assert "Training time" in web_page(account, {}, None)
    assert "Training" not in "".join(
        re.findall(r"\\begin{tabular}.*?\\end{tabular}", latex_document(account, None), re.S)
    )


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_the_document_is_two_pages_whatever_the_titles_are(hostile, tmp_path):
    grids = figures_of(hostile)
    account = account_of(hostile, list(grids))
    for picture in account.pictures:
        draw_figure(grids[picture.name][0], tmp_path / picture.name, "", None, Design(formats=("pdf",)))
    [path], reason = compiled(latex_document(account, None), tmp_path, "paper")
    assert reason == ""
    assert path.read_bytes().startswith(b"%PDF")
    assert "(2 pages" in (tmp_path / "paper.log").read_text(errors="replace")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_a_document_that_latex_refuses_is_one_line(tmp_path):
    pages, reason = compiled(r"\documentclass{article}\begin{document}\nothing\end{document}", tmp_path, "paper")
    assert pages == []
    assert reason == "paper.pdf was not made: pdflatex says Undefined control sequence."

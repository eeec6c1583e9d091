"""Copies of pages outside of docs, and links to and from them."""

import re

import pytest
from making.outside import COPIES, copy_pages, links_to_copies
from making.places import DOCS, ROOT

LINK = re.compile(r"\]\(([^)#:\s]+)")


@pytest.fixture(scope="module")
def docs(tmp_path_factory):
    docs = tmp_path_factory.mktemp("docs")
    copy_pages(docs)
    return docs


@pytest.mark.parametrize("copy", COPIES.values())
def test_links_of_a_copy_lead_to_pages_that_exist(copy, docs):
    for target in LINK.findall((docs / copy).read_text()):
        path = (docs / copy).parent / target
        assert path.exists() or (DOCS / copy).parent.joinpath(target).resolve().is_file(), target


def test_links_between_pages_of_the_repository_lead_to_the_copies():
    source = ["[files](../datasets/README.md#x) [more](concepts.md) [other](../Makefile) [web](https://a.b/../c)"]
    links_to_copies(None, "features", source)
    [changed] = source
    assert changed == "[files](made/data-files.md#x) [more](concepts.md) [other](../Makefile) [web](https://a.b/../c)"


def test_a_copy_is_not_changed_again():
    source = ["[back](../concepts.md)"]
    links_to_copies(None, "made/contributing", source)
    assert source == ["[back](../concepts.md)"]


def test_every_copied_page_exists():
    assert all((ROOT / page).is_file() for page in COPIES)

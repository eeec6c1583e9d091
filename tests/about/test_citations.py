import re
from importlib.resources import files

from mihash_bench.about.citations import bibtex, entries_of, known_entries, unknown_keys
from mihash_bench.plugins import KINDS

OWN = "@misc{own2026,\n  title = {Own},\n}"


def test_every_entry_of_the_file_is_found_and_in_alphabetical_order():
    text = files("mihash_bench.about").joinpath("citations.bib").read_text("utf-8")
    keys = re.findall(r"@\w+\{([^,]*),", text)
    assert list(known_entries()) == keys == sorted(keys)
    assert "\n\n".join(known_entries().values()) == text.strip()


def test_every_entry_is_ascii_balanced_and_has_author_title_and_year():
    for key, entry in known_entries().items():
        assert entry.isascii(), key
        assert entry.count("{") == entry.count("}"), key
        needed = {"author", "title"} if key == "mihashbench" else {"author", "title", "year"}
        assert needed <= set(re.findall(r"^  (\w+) = \{", entry, re.MULTILINE)), key


def test_every_entry_is_cited_by_a_class():
    texts = [each.citation for kind in KINDS.values() for each in kind.classes()]
    assert set(known_entries()) == {key.strip() for text in texts for key in text.split(",") if key}


def test_a_citation_is_keys_or_bibtex():
    assert entries_of("cakir2016osh, cakir2015osh")[1].startswith("@inproceedings{cakir2015osh,")
    assert entries_of("nobody1900") == entries_of("") == []
    assert unknown_keys("cakir2016osh, nobody1900") == ["nobody1900"]
    assert entries_of(f"\n{OWN}\n") == [OWN]
    assert unknown_keys(OWN) == []


def test_bibtex_of_several_classes_has_each_entry_once_in_the_order_of_keys():
    entries = bibtex([OWN, "cakir2017mihash", "cakir2016osh", "cakir2017mihash"])
    assert [re.findall(r"\{(\w+),", entry)[0] for entry in entries] == ["cakir2016osh", "cakir2017mihash", "own2026"]

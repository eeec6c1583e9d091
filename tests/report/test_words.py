"""The options of tables and figures as Python values."""

from pathlib import Path

import pytest

from mihash_bench.errors import InputError
from mihash_bench.report.data.choice import Choice
from mihash_bench.report.figures.design import SIZES, Design, Size
from mihash_bench.report.tables.arrangement import Arrangement
from mihash_bench.report.words import arrangement_in, check_words, choice_in, design_in


def test_runs_are_chosen_by_texts_with_commas_lists_and_numbers():
    choice = Choice({"method": ("osh", "mihash"), "bits": (8, 16)}, {"mihash": "Ours", "osh (a=1)": "A"})
    labels = {"mihash": "Ours", "osh (a=1)": "A"}
    assert choice_in({"method": "osh, mihash", "bits": [8, 16], "label": labels}) == choice
    assert choice_in({"method": ["osh", "mihash"], "bits": "8,16", "label": ["mihash=Ours", "osh (a=1)=A"]}) == choice
    assert choice_in({"bits": 8, "variant": "a=1,b=2"}).values == {"bits": (8,), "variant": ("a=1,b=2",)}
    assert choice_in({"method": None}) == Choice()


def test_tables_are_arranged_as_on_the_command_line():
    words = {"layout": "long", "columns": "mAP,AUC", "decimals": 2, "second": True, "caption": "C", "siunitx": True}
    assert arrangement_in(words) == Arrangement("long", ("mAP", "AUC"), 2, "C", second=True, siunitx=True)
    assert arrangement_in({"method": "osh"}) == Arrangement()


def test_figures_are_designed_by_names_and_by_numbers():
    named = {"size": "ieee-page", "layout": "1x3", "xlim": "0,9", "format": "pdf,png", "style": "my.mplstyle"}
    assert design_in(named) == Design(SIZES["ieee-page"], Path("my.mplstyle"), xlim=(0, 9), layout=(1, 3))
    given = {"size": (3.5, 2), "layout": (1, 3), "xlim": [0, 9], "format": ["svg"], "legend": "none", "xscale": "log"}
    wanted = {"xlim": (0, 9), "layout": (1, 3), "formats": ("svg",), "legend": "none", "xscale": "log"}
    assert design_in(given) == Design(Size(3.5, 2), **wanted)
    assert design_in({}) == Design()


@pytest.mark.parametrize(
    ("read", "words", "message"),
    [
        (choice_in, {"bits": [8.5]}, r"bits: \[8.5\] \(allowed: whole numbers from 1\)"),
        (choice_in, {"method": 3}, r"method: 3 \(allowed: a text, or a list of texts\)"),
        (choice_in, {"label": "mihash"}, "--label: 'mihash' .*allowed: NAME=TEXT"),
        (arrangement_in, {"decimals": True}, "decimals: True .*allowed: whole numbers from 0 to 9"),
        (arrangement_in, {"second": "yes"}, "second: 'yes' .*allowed: True or False"),
        (arrangement_in, {"layout": 3}, "layout: 3 .*allowed: a text"),
        (design_in, {"size": (3,)}, "--size: '3' is unknown"),
        (design_in, {"ylim": (1, 0)}, "--ylim: '1,0' .*allowed: LOW,HIGH"),
        (design_in, {"legend": "outside"}, "--legend: 'outside' is unknown"),
        (design_in, {"format": ["pdf", "gif"]}, "--format: 'gif' is unknown"),
    ],
)
def test_values_that_are_not_allowed_are_named(read, words, message):
    with pytest.raises(InputError, match=message):
        read(words)


def test_an_unknown_word_is_named_with_the_nearest():
    check_words({"method": "osh", "size": "acm"}, "size")
    with pytest.raises(InputError, match=r"option: 'methods' is unknown; did you mean 'method'\?"):
        check_words({"methods": "osh"}, "size")

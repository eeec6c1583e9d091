import pytest
from hypothesis import given
from hypothesis import strategies as st

from mihash_bench.text import duration, message_of, one_line, printable, shortened, writable


class Unprintable:
    def __str__(self):
        raise RuntimeError("no")


class Other(str):
    def __str__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (3, "3"), ("a\0b", "a\\x00b"), ("a\udcffb", "a\\udcffb"), ("ä", "ä"),
        (Unprintable(), "(a value that cannot be printed)"), (Other("kept"), "kept"),
    ],
)  # fmt: skip
def test_every_value_becomes_text_that_can_be_written(value, text):
    assert writable(value) == text
    assert type(writable(value)) is str


@given(st.text(alphabet=st.characters()))
def test_any_text_can_be_encoded_and_shown(text):
    writable(text).encode("utf-8")
    assert "\0" not in writable(text)
    shown = printable(text)
    assert all(character == "\n" or character.isprintable() for character in shown)
    assert "\n" not in one_line(text)


def test_terminal_control_becomes_visible():
    assert printable("\x1b[31mred\r\u202e") == "\\x1b[31mred\\r\\u202e"
    assert one_line("a\n  b\tc") == "a b\\tc"


def test_a_long_text_keeps_its_beginning_and_its_end():
    assert shortened("short", 10) == "short"
    cut = shortened("begin" + "-" * 1000 + "end", 100)
    assert cut.startswith("begin-")
    assert cut.endswith("-end")
    assert len(cut) < 110


def test_an_exception_that_cannot_be_printed_says_so():
    class Silent(Exception):
        def __str__(self):
            raise KeyboardInterrupt

    assert message_of(Silent()) == "(its message cannot be printed)"
    assert message_of(ValueError("plain")) == "plain"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "less than 1 s"), (59.4, "59 s"), (60, "1 min"), (754, "12.6 min"), (7200, "2 h"), (90_000, "1.04 days")],
)
def test_a_time_is_in_the_largest_unit_of_which_there_is_one(seconds, text):
    assert duration(seconds) == text

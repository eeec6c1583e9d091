from mihash_bench.about.docstrings import meanings_of, prose_of


class Base:
    """Prose of the base.

    Parameters
    ----------
    first : what the base says.
    shared, other : one meaning
        for two names.
    """


class Derived(Base):
    """One line with ``code``.

    A second paragraph: it stays prose.

    Parameters
    ----------
    first : what the derived class says, over
        two lines with ``code``.

        And a further paragraph.
    last : the last one.

    Notes
    -----
    nothing : of this is a parameter.
    """


class Silent(Base):
    pass


def test_the_meaning_of_a_parameter_is_one_line_and_that_of_the_class_itself_comes_first():
    assert meanings_of(Derived) == {
        "first": "what the derived class says, over two lines with `code`. And a further paragraph.",
        "shared": "one meaning for two names.",
        "other": "one meaning for two names.",
        "last": "the last one.",
    }


def test_prose_is_the_docstring_without_its_parameters():
    assert prose_of(Derived) == (
        "One line with `code`.\n\nA second paragraph: it stays prose.\n\n"
        "Notes\n-----\nnothing : of this is a parameter."
    )


def test_a_class_without_a_docstring_has_no_prose_but_the_meanings_of_its_base():
    assert prose_of(Silent) == ""
    assert meanings_of(Silent)["first"] == "what the base says."

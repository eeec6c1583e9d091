"""The sections of ``mihash-bench --help``."""

from mihash_bench.cli.main import main
from mihash_bench.cli.sections import SECTIONS

from .calling import call


def test_every_verb_is_in_exactly_one_section():
    listed = [name for names in SECTIONS.values() for name in names]
    assert len(listed) == len(set(listed))
    missing = set(main.commands) - set(listed)
    assert not missing, f"cli/sections.py does not list {', '.join(sorted(missing))}"


def test_help_lists_every_verb_below_the_title_of_its_section():
    blocks = [block.splitlines() for block in call("--help").output.split("\n\n")]
    shown = {lines[0].removesuffix(":"): [line.split()[0] for line in lines[1:]] for lines in blocks}
    for title, names in SECTIONS.items():
        assert shown.get(title, []) == [name for name in names if name in main.commands]

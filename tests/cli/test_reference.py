from pathlib import Path

from mihash_bench.cli.reference import options_page
from mihash_bench.settings.base import listed_settings

PAGE = Path(__file__).parents[2] / "docs" / "options.md"


def test_the_page_of_options_is_the_one_that_make_docs_writes():
    assert PAGE.read_text() == options_page()


def test_the_page_names_every_option_of_every_setting():
    sections = PAGE.read_text().split("\n## ")[1:]
    for setting, section in zip(listed_settings(), sections, strict=True):
        assert setting.name in section.splitlines()[0]
        for name in setting.options.declared():
            assert f"| `--{name.replace('_', '-')}` |" in section

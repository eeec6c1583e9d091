"""Links and anchors that lead nowhere stop the build of the site. ``make docs`` builds all of it."""

import subprocess
import sys
from importlib.util import find_spec

import pytest
from making.places import DOCS

pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("sphinx", "myst_parser", "furo")), reason="the extra docs is not installed"
)


@pytest.fixture
def build(tmp_path):
    """Build two pages with the configuration of the site, and return the exit code and the warnings."""

    def build(page):
        (tmp_path / "index.md").write_text(f"# Start\n\n```{{toctree}}\nother\n```\n\n{page}\n")
        (tmp_path / "other.md").write_text("# Other\n\n## Some words\n")
        command = [sys.executable, "-m", "sphinx", "-b", "dummy", "-q", "-W", "--keep-going", "-c", DOCS]
        done = subprocess.run([*command, tmp_path, tmp_path / "out"], capture_output=True, text=True)
        return done.returncode, done.stderr

    return build


@pytest.mark.parametrize("link", ["[a](other.md)", "[a](other.md#some-words)", "[a](#start)"])
def test_links_and_anchors_that_exist_are_accepted(link, build):
    assert build(link) == (0, "")


@pytest.mark.parametrize(
    "link", ["[a](missing.md)", "[a](other.md#other-words)", "[a](#missing)", "[a](../x/README.md)"]
)
def test_a_broken_link_or_anchor_stops_the_build(link, build):
    code, warnings = build(link)
    assert code == 1
    assert "index.md" in warnings
    assert "xref_missing" in warnings

"""How Sphinx builds the site from the pages of this folder; ``make docs`` calls it."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

# The package that makes pages, beside this file.
sys.path.insert(0, str(Path(__file__).parent))

from making.docstrings import sections_for_sphinx
from making.outside import links_to_copies
from making.signatures import as_written

project = "mihash-bench"
author = "the mihash-bench developers"
copyright = author
release = version = version_of(project)

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["making", "made/work"]
# Anchors as on GitHub, so that a link works in both places; a link to an anchor that does not exist is a warning.
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}
# Types of other packages, and type variables and aliases, have no page here.
nitpick_ignore_regex = [("py:.*", r".*")]

html_theme = "furo"
html_title = "mihash-bench"
html_copy_source = False
html_show_sourcelink = False


def setup(app):
    """Connect what pages go through before they are parsed."""
    app.connect("source-read", links_to_copies)
    app.connect("autodoc-process-docstring", sections_for_sphinx)
    app.connect("autodoc-process-signature", as_written)

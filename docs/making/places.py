"""Where pages come from, and where those that are made are written."""

from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
# Git ignores this folder, and each build makes it anew.
MADE = DOCS / "made"
# The commands of examples are typed here, in a folder that is empty at first; Sphinx reads nothing in it.
WORK = MADE / "work"

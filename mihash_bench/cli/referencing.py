"""The option ``--reference`` of ``plot``, ``report`` and ``table``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mihash_bench.cli.printing import complain

if TYPE_CHECKING:
    from mihash_bench.report.folder import Wanted

# The same as in sweeps.references, which is not imported because it would load NumPy for every --help.
REFERENCES = ("float",)

reference_option = click.option(
    "--reference", type=click.Choice(REFERENCES),
    help="What is reached without hash codes. float: rows ranked by the cosine of their features. Computed once from "
    "the dataset (--data-dir) and kept in RESULTS/references.",
)  # fmt: skip


def reference_of(name: str | None, results: Path, data_dir: Path, cache_dir: Path | None) -> "Wanted":
    """Return a reference with what looks its values up, or None if there is none."""
    if name is None:
        return None
    # Imported late because it loads NumPy.
    from mihash_bench.sweeps.references import References

    return name, References(name, results, data_dir, cache_dir, complain).values

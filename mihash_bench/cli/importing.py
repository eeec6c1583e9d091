"""``mihash-bench datasets import``: the user's own data."""

from pathlib import Path
from typing import Any

import click

from mihash_bench.cli.complete import IMPORTED_NAMES
from mihash_bench.cli.options import EachOptionOnce, Named, data_dir_option, own_folder_option
from mihash_bench.cli.printing import say

# The same as in own_data.about and own_data.request, which are not imported because they would load NumPy.
NORMALIZATIONS = ("center,unit", "center", "unit", "none")
STREAM_LENGTH = 20_000

EXAMPLES = """
\b
Examples:
  mihash-bench datasets import X.npy --labels y.npy --name mine
  mihash-bench datasets import table.csv --label-column class --query-column is_test --name mine
  mihash-bench datasets import base.fvecs --queries-file query.fvecs --neighbors distance:1% --name mine
  mihash-bench datasets import photos --queries-file photos-test --pixels 64 --name mine
  mihash-bench run --dataset mine
"""


@click.command("import", cls=EachOptionOnce, epilog=EXAMPLES)
@click.argument("features", metavar="FILE_OR_FOLDER", type=Named("file"))
@click.option("--name", required=True, help="Name of the dataset, for --dataset.")
@click.option("--labels", type=Named("file"), help="File with the labels.  [default: no labels]")
@click.option(
    "--label-column", metavar="NAME",
    help="Column or array with the labels, in the file of --labels if there is one, else in FILE.",
)  # fmt: skip
@click.option(
    "--label-separator", default="", metavar="TEXT",
    help="What separates several labels in a text, such as a semicolon.  [default: each text is one label]",
)  # fmt: skip
@click.option(
    "--array", metavar="NAME",
    help="Array with the features in FILE, or column with lists of them.  [default: the only array, or all columns]",
)  # fmt: skip
@click.option(
    "--queries", type=click.IntRange(1),
    help="Number of queries, drawn from all rows with the seed of each sweep.  [default: a tenth of the rows, at most "
    "1,000]",
)  # fmt: skip
@click.option("--queries-file", type=Named("file"), help="File whose rows are the queries; FILE is the database then.")
@click.option("--query-labels", type=Named("file"), help="File with the labels of the queries in --queries-file.")
@click.option("--query-column", metavar="NAME", help="Column or array of 0 and 1 in FILE. Rows with 1 are the queries.")
@click.option(
    "--neighbors", metavar="labels|distance:P%",
    help="labels: rows that share a label. distance:P%: the P percent of pairs with the smallest Euclidean distances.  "
    "[default: labels if there are some, else distance:5%]",
)  # fmt: skip
@click.option(
    "--normalize", type=click.Choice(NORMALIZATIONS), default="center,unit", show_default=True,
    help="Whether rows are centred on their mean and scaled to unit length.",
)  # fmt: skip
@click.option("--title", default="", help="Title in figures and tables.  [default: the name]")
@click.option("--citation", default="", help="Where the data are from, in one line.")
@click.option(
    "--stream-length", type=click.IntRange(1), default=STREAM_LENGTH, show_default=True,
    help="Default length of the stream, cut to the size of the database.",
)  # fmt: skip
@click.option(
    "--drop-duplicates", is_flag=True,
    help="Keep only the first of equal rows; a query stays, and its copies leave the database.",
)  # fmt: skip
@click.option(
    "--pixels", type=click.IntRange(1),
    help="Side to which images of a folder are scaled, after they are cut to a square.  [default: as they are, all of "
    "one size]",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Replace a dataset that was imported under this name.")
@own_folder_option
def import_(features: Path, **given: Any) -> None:
    """Import a feature file of your own, one row for each item, or a folder of images, one subfolder for each class.

    Prints what is in it, keeps it as one HDF5 file, and makes it a dataset like all others. Files of any size are read
    in chunks.
    """
    from mihash_bench.own_data.importing import import_data
    from mihash_bench.own_data.request import Request

    for line in import_data(Request(features=features, **given)).lines():
        say(line)


@click.command(epilog="\b\nExample:\n  mihash-bench datasets verify mine\n")
@click.argument("name", shell_complete=IMPORTED_NAMES)
@data_dir_option
def verify(name: str, data_dir: Path) -> None:
    """Read all of an imported dataset again and check it against the digests of its import."""
    from mihash_bench.own_data.known import imported_file
    from mihash_bench.own_data.source import verify_file

    path = imported_file(name, data_dir)
    about = verify_file(path)
    say(f"{name}: {path} is intact: {about.rows:,} rows of {about.columns:,} features, digest {about.digest}")


@click.command(epilog="\b\nExample:\n  mihash-bench datasets remove mine --yes\n")
@click.argument("name", shell_complete=IMPORTED_NAMES)
@data_dir_option
@click.option("--yes", is_flag=True, help="Remove it. Without this option, only what would be removed is printed.")
def remove(name: str, data_dir: Path, yes: bool) -> None:
    """Remove an imported dataset. Its results and the files that it was imported from stay."""
    from mihash_bench.own_data.known import imported_file

    path = imported_file(name, data_dir)
    size = f"{path.stat().st_size:,} bytes"
    if not yes:
        say(f"{name}: {path}, {size}, would be removed (--yes removes it)")
        return
    path.unlink()
    say(f"{name}: removed {path}, {size}")

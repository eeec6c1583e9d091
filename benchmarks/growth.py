"""Growth: one MIHash run on many more rows, from a file on the disk to the run file, with its time and memory.

    python benchmarks/growth.py
    python benchmarks/growth.py --rows 1000000 --features 32 --bits 64

The first command measures both sizes of docs/performance.md. For each size, it writes an .npy file of clusters in
chunks, imports it with ``mihash-bench datasets import``, prepares it with ``mihash-bench datasets prepare``, and
performs one run with ``mihash-bench run``. The files are in a temporary folder below ``--folder`` and take up to ``8 x
rows x features`` bytes.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import click
import numpy as np
from measure import Watched, markdown, watched
from page import write_part

from mihash_bench.store.run_file import read_run

COMMAND = [sys.executable, "-m", "mihash_bench.cli"]
CHUNK_ROWS = 1 << 16
CLASSES = 100
# The spread within clusters divided by that between them.
DIFFICULTY = 1.5
# Rows, features and bits.
SIZES = ((20_000_000, 32, 64), (2_400_000, 64, 256))
GIB = 2.0**30


@dataclass(frozen=True)
class Growth:
    """A size, and what was measured on it by the name of the quantity."""

    rows: int
    features: int
    bits: int
    queries: int
    quantities: dict[str, float]

    @property
    def title(self) -> str:
        """The size in words."""
        return f"{self.rows:,} rows, {self.features} features, {self.bits} bits, {self.queries:,} queries"


def write_clusters(folder: Path, rows: int, features: int, seed: int = 0) -> tuple[Path, Path]:
    """Write features (float32) and labels of Gaussian clusters, chunk by chunk, and return the paths of the files."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((CLASSES, features), np.float32)
    paths = folder / "X.npy", folder / "y.npy"
    X = np.lib.format.open_memmap(paths[0], mode="w+", dtype=np.float32, shape=(rows, features))
    y = np.lib.format.open_memmap(paths[1], mode="w+", dtype=np.uint8, shape=(rows,))
    for start in range(0, rows, CHUNK_ROWS):
        here = slice(start, min(start + CHUNK_ROWS, rows))
        y[here] = rng.integers(0, CLASSES, here.stop - start)
        noise = rng.standard_normal((here.stop - start, features), np.float32)
        X[here] = centres[y[here]] + np.float32(DIFFICULTY) * noise
    return paths


def measure(rows: int, features: int, bits: int, queries: int, examples: int, checkpoints: int, folder: Path) -> Growth:
    """Make a dataset of this size in the folder, and return what importing it and one run on it take."""
    with TemporaryDirectory(dir=folder) as made:
        place = Path(made)
        X, y = write_clusters(place, rows, features)
        places = ["--data-dir", str(place), "--cache-dir", str(place / "cache")]
        importing = ["import", str(X), "--labels", str(y), "--name", "grown", "--queries", str(queries), *places[:2]]
        steps = {"import": watched([*COMMAND, "datasets", *importing])}
        # Space for the cache, which has the rows once more.
        X.unlink()
        steps["prepare"] = watched([*COMMAND, "datasets", "prepare", "grown", *places])
        steps["run"] = watched([*COMMAND, "run", *_options(bits, examples, checkpoints), *places, "-o", str(place)])
        (path,) = (place / "runs").rglob("*.h5")
        return Growth(rows, features, bits, queries, {**_of_steps(steps), **_of_run(path)})


def _options(bits: int, examples: int, checkpoints: int) -> list[str]:
    stream = ["--examples", str(examples), "--checkpoints", str(checkpoints)]
    return ["--dataset", "grown", "--method", "mihash", "--trigger", "on", "--trials", "1", "--bits", str(bits),
            "-j", "1", *stream]  # fmt: skip


def _of_steps(steps: dict[str, Watched]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, step in steps.items():
        found[f"{name}: wall time, s"] = step.seconds
        found[f"{name}: peak memory of one process, GiB"] = step.largest / GIB
        found[f"{name}: peak memory of all processes, without mapped files, GiB"] = step.own / GIB
    return found


def _of_run(path: Path) -> dict[str, float]:
    curve = read_run(path).curve
    updates = curve["updates"]
    seconds = {name: float(column[-1]) for name, column in curve.items() if name.endswith("_s")}
    return {
        "examples": float(curve["examples"][-1]), "updates": float(updates[-1]),
        # One before the first example, and one with ties in database order at the end.
        "evaluations": 2.0 + int((np.diff(updates) > 0).sum()), **seconds, "mAP": float(curve["mAP"][-1]),
    }  # fmt: skip


def text(found: Sequence[Growth]) -> str:
    """Return what was measured as a table with a column for each size."""
    names = found[0].quantities
    rows = [[name, *(_shown(each.quantities[name]) for each in found)] for name in names]
    return markdown(["quantity", *(each.title for each in found)], rows)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


@click.command()
@click.option("--rows", type=int, help="Number of rows.  [default: both sizes of the page]")
@click.option("--features", type=int, default=32, show_default=True, help="Only with --rows.")
@click.option("--bits", type=int, default=64, show_default=True, help="Only with --rows.")
@click.option("--queries", type=int, default=1_000, show_default=True)
@click.option("--examples", type=int, default=20_000, show_default=True)
@click.option("--checkpoints", type=int, default=4, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), default=Path(gettempdir()), show_default=True)
@click.option("--page", type=click.Path(path_type=Path), help="Page into which the figures are written.")
def main(
    rows: int | None,
    features: int,
    bits: int,
    queries: int,
    examples: int,
    checkpoints: int,
    folder: Path,
    page: Path | None,
) -> None:
    """Measure one run on many rows, from their import to the run file."""
    sizes = SIZES if rows is None else ((rows, features, bits),)
    made = text([measure(*size, queries, examples, checkpoints, folder) for size in sizes])
    if page is not None:
        write_part(page, "growth", made)
    click.echo(made)


if __name__ == "__main__":
    main()

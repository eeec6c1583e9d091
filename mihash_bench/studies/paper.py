"""The paper's experiments: one sweep a dataset, on a stand-in where the authors' file is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mihash_bench.registry import DATASETS
from mihash_bench.sweeps.files import Table, preset_text, read_tables

# Parts of the paper beside the online experiments, whose parts are called by their dataset.
PUBLISHED, BATCH = "published", "batch"
PRESETS = {PUBLISHED: "published", BATCH: "batch-1"}
# Short streams for a first impression: a few minutes for all experiments together.
QUICK: Table = {"examples": 2000, "checkpoints": 11}
QUICK_BATCH: Table = {"bits": 12, "trials": 1, "checkpoints": 11}
# What takes the place of a dataset whose file is missing, as options of a sweep.
STAND_INS: Mapping[str, Mapping[str, str]] = {
    "cifar10": {"dataset": "sample"},
    "labelme": {"dataset": "sample", "set": "sample.labels=off"},
    "places205": {"dataset": "places205-synthetic", "set": "places205-synthetic.n=50000", "examples": "20000"},
}
STAND_INS_ARE: Mapping[str, str] = {
    "cifar10": "the embedded sample, 10,000 CIFAR-10 rows of other features",
    "labelme": "the embedded sample without its labels",
    "places205": "50,000 rows of synthetic clusters, streams of at most 20,000 examples",
}
# By which some files of that name can be told from the authors': columns, rows (Places205: about so many).
AUTHORS_SHAPES = {"cifar10": (4096, 60_000), "places205": (128, None), "labelme": (512, 22_019)}


@dataclass(frozen=True)
class Experiment:
    """One sweep of the paper on one dataset.

    dataset: the paper's. options: those of the sweep. missing: where to find the file that is missing, "" when it is
    there. part: the part of the paper: the dataset of an online experiment, PUBLISHED for the protocol of a published
    figure, or BATCH.
    """

    dataset: str
    options: Table
    part: str
    missing: str = ""

    @property
    def title(self) -> str:
        """What figures and tables call the dataset."""
        return f"{DATASETS.get(self.dataset).title}{' [STAND-IN]' if self.missing else ''}"


def paper_experiments(data_dir: Path, *, quick: bool) -> list[Experiment]:
    """Return the preset ``paper``, a dataset at a time, the protocol of the published figure, and the batch comparison.

    A dataset whose file is not in ``data_dir`` is replaced by its stand-in; a published online figure has none. quick:
    short streams, and one code length and trial of the batch comparison.
    """
    online = _tables("paper")
    listed = [(name, table) for table in online for name in _names(table)]
    changes = QUICK if quick else {}
    experiments = [_experiment(name, name, table, changes, data_dir) for name, table in listed]
    [published] = _tables(PRESETS[PUBLISHED])
    compared = Experiment(published["dataset"], published, PUBLISHED)
    if not _missing(compared.dataset, data_dir):
        experiments.append(compared)
    fewer = QUICK_BATCH if quick else {}
    return experiments + [
        _experiment(table["dataset"], BATCH, table, fewer, data_dir) for table in _tables(PRESETS[BATCH])
    ]


def _tables(preset: str) -> list[Table]:
    return read_tables(preset_text(preset), f"--preset {preset}")


def _names(table: Table) -> list[str]:
    named = table["dataset"]
    return named if isinstance(named, list) else str(named).split(",")


def unlike_the_authors(experiment: Experiment, data_dir: Path, cache_dir: Path) -> str:
    """Return in what the shape of a file that is there differs from the authors', or nothing."""
    rows, columns = DATASETS.get(experiment.dataset)().load(data_dir, cache_dir).features.shape
    authors_columns, authors_rows = AUTHORS_SHAPES[experiment.dataset]
    differs = [f"{columns} columns, the authors' {authors_columns}"] if columns != authors_columns else []
    if authors_rows is not None and rows != authors_rows:
        differs.append(f"{rows} rows, the authors' {authors_rows}")
    return f"the file's features have {' and '.join(differs)}" if differs else ""


def _experiment(name: str, part: str, table: Table, changes: Table, data_dir: Path) -> Experiment:
    missing = _missing(name, data_dir)
    stand_in: Table = dict(STAND_INS[name]) if missing else {}
    sets = [*_listed(table.get("set")), *_listed(stand_in.get("set"))]
    # The changes come last, because a quick stream is shorter than that of any stand-in.
    options = {**table, "dataset": name, **stand_in, **({"set": sets} if sets else {}), **changes}
    return Experiment(name, options, part, missing)


def _listed(value: object) -> list[str]:
    if value is None:
        return []
    return [str(text) for text in value] if isinstance(value, list | tuple) else [str(value)]


def _missing(name: str, data_dir: Path) -> str:
    absent = [file for file in DATASETS.get(name).files if not (data_dir / file.name).is_file()]
    return "; ".join(f"{file.name} is not in {data_dir}: it is published at {file.published}" for file in absent)

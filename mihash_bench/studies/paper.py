"""The paper's experiments: one sweep for each dataset, or for its stand-in if the authors' file is missing."""

from dataclasses import dataclass
from pathlib import Path

from mihash_bench.datasets.base import StandIn
from mihash_bench.registry import DATASETS
from mihash_bench.report.paper.runs import BATCH, PUBLISHED
from mihash_bench.sweeps.files import Table, preset_text, read_tables

PRESETS = {PUBLISHED: "published", BATCH: "batch-1"}
# Short streams for a first impression. All experiments together take a few minutes.
QUICK: Table = {"examples": 2000, "checkpoints": 11}
QUICK_BATCH: Table = {"bits": 12, "trials": 1, "checkpoints": 11}


@dataclass(frozen=True)
class Experiment:
    """One sweep of the paper on one dataset.

    dataset: the dataset of the paper. options: the options of the sweep. part: the part of the paper, which is the
    dataset of an online experiment, PUBLISHED for the protocol of a published figure, or BATCH. missing: where to find
    the missing file, or "" if it is present.
    """

    dataset: str
    options: Table
    part: str
    missing: str = ""

    @property
    def title(self) -> str:
        """The name of the dataset in figures and tables."""
        return f"{DATASETS.get(self.dataset).title}{' [STAND-IN]' if self.missing else ''}"

    @property
    def stand_in_description(self) -> str:
        """The description of the data that replace the dataset if its file is missing."""
        return str(DATASETS.get(self.dataset).stand_in.description)


def paper_experiments(data_dir: Path, *, quick: bool) -> list[Experiment]:
    """Return the experiments of the presets ``paper`` (one for each dataset), ``published`` and ``batch-1``.

    A dataset whose file is not in ``data_dir`` is replaced by its stand-in, except for the published online figure,
    which is left out. quick: short streams, and only one code length and trial of the batch comparison.
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
    """Describe how the shape of a dataset's file differs from the authors' file; "" if it does not differ."""
    source = DATASETS.get(experiment.dataset)()
    return str(source.difference_from_authors(source.load(data_dir, cache_dir)))


def _experiment(name: str, part: str, table: Table, changes: Table, data_dir: Path) -> Experiment:
    missing = _missing(name, data_dir)
    stand_in = _stand_in_options(DATASETS.get(name).stand_in) if missing else {}
    sets = [*_listed(table.get("set")), *_listed(stand_in.get("set"))]
    # The changes are applied last because a quick stream is shorter than that of any stand-in.
    options = {**table, "dataset": name, **stand_in, **({"set": sets} if sets else {}), **changes}
    return Experiment(name, options, part, missing)


def _stand_in_options(stand_in: StandIn) -> Table:
    options: Table = {"dataset": stand_in.dataset, "set": list(stand_in.set), "examples": stand_in.examples}
    return {name: value for name, value in options.items() if value}


def _listed(value: object) -> list[str]:
    if value is None:
        return []
    return [str(text) for text in value] if isinstance(value, list | tuple) else [str(value)]


def _missing(name: str, data_dir: Path) -> str:
    absent = [file for file in DATASETS.get(name).files if not (data_dir / file.name).is_file()]
    return "; ".join(f"{file.name} is not in {data_dir}: it is published at {file.published}" for file in absent)

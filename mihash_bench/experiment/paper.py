"""The paper's experiments: one sweep a dataset, on a stand-in where the authors' file is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mihash_bench.datasets.base import StandIn
from mihash_bench.experiment.sweep_file import preset_text, read_sweeps
from mihash_bench.registry import DATASETS

PUBLISHED = "published"
BATCH = "batch-1"
# A stream for a first look: some minutes for all experiments together.
QUICK = {"examples": "2000", "checkpoints": "11"}
QUICK_BATCH = {"bits": "12", "trials": "1", "checkpoints": "11"}


@dataclass(frozen=True)
class Experiment:
    """One sweep of the paper on one dataset.

    dataset: the paper's. options: those of the sweep, as texts. missing: where to find the file that is not there;
    empty when it is there. part: which of the paper's parts it belongs to: the dataset of an online experiment,
    ``published`` for the protocol of a published figure, or a batch setting.
    """

    dataset: str
    options: Mapping[str, str]
    part: str
    missing: str = ""

    @property
    def title(self) -> str:
        """What figures and tables call the dataset."""
        return f"{DATASETS.get(self.dataset).title}{' [STAND-IN]' if self.missing else ''}"

    @property
    def stand_in_description(self) -> str:
        """What is used in place of the dataset if its file is missing."""
        return str(DATASETS.get(self.dataset).stand_in.description)


def paper_experiments(data_dir: Path, *, quick: bool) -> list[Experiment]:
    """Return the preset ``paper``, a dataset at a time, the protocol of the published figure, and the batch comparison.

    A dataset whose file is not in ``data_dir`` runs on its stand-in; a published online figure has none. quick: short
    streams, and one code length and trial of the batch comparison.
    """
    tables = read_sweeps(preset_text("paper"), "--preset paper")
    listed = [(name, table) for table in tables for name in table["datasets"].split(",")]
    changes = QUICK if quick else {}
    experiments = [_experiment(name, name, table, changes, data_dir) for name, table in listed]
    [published] = read_sweeps(preset_text(PUBLISHED), f"--preset {PUBLISHED}")
    compared = Experiment(published["datasets"], published, PUBLISHED)
    if not _missing(compared.dataset, data_dir):
        experiments.append(compared)
    fewer = QUICK_BATCH if quick else {}
    batch = read_sweeps(preset_text(BATCH), f"--preset {BATCH}")
    return experiments + [_experiment(table["datasets"], BATCH, table, fewer, data_dir) for table in batch]


def unlike_the_authors(experiment: Experiment, data_dir: Path, cache_dir: Path) -> str:
    """Describe how the shape of a dataset's file differs from that of the authors' file; empty if it does not."""
    source = DATASETS.get(experiment.dataset)()
    return str(source.difference_from_authors(source.load(data_dir, cache_dir)))


def _experiment(
    name: str, part: str, table: Mapping[str, str], changes: Mapping[str, str], data_dir: Path
) -> Experiment:
    missing = _missing(name, data_dir)
    stand_in = _stand_in_options(DATASETS.get(name).stand_in) if missing else {}
    sets = [text for text in (table.get("sets"), stand_in.get("sets")) if text]
    # The changes last, because a quick stream is shorter than any stand-in's.
    options = {**table, "datasets": name, **stand_in, **({"sets": "\n".join(sets)} if sets else {}), **changes}
    return Experiment(name, options, part, missing)


def _stand_in_options(stand_in: StandIn) -> dict[str, str]:
    options = {"datasets": stand_in.dataset, "sets": "\n".join(stand_in.set), "examples": str(stand_in.examples or "")}
    return {name: text for name, text in options.items() if text}


def _missing(name: str, data_dir: Path) -> str:
    absent = [file for file in DATASETS.get(name).files if not (data_dir / file.name).is_file()]
    return "; ".join(f"{file.name} is not in {data_dir}: it is published at {file.published}" for file in absent)

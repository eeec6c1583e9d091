"""What the two-page report of the paper study says: claims, figures, tables, and numbered notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mihash_bench.report.data.selection import how_measured
from mihash_bench.report.paper.claims import TOLERANCE, Claim, claims_of
from mihash_bench.report.paper.notes import Notes
from mihash_bench.report.paper.runs import BATCH, BATCH_2, METRIC, PARTS, PUBLISHED, PaperRuns
from mihash_bench.report.paper.tables import batch_2_table, batch_table, online_table, updates_table
from mihash_bench.report.tables.model import Table

TITLE = "MIHash: Online Hashing with Mutual Information, reproduced"
STAND_IN = "STAND-IN"
# Of each figure: what it shows, and the parts of the study in it. What IN_SECONDS is drawn over needs a note on how it
# was measured.
IN_SECONDS = "fig-trigger-seconds"
# Parts of the width of the page, so that two figures fill a row and the three others the next one.
WIDTHS = {"fig-online": 0.62, "fig-batch-setting1": 0.3}
USUAL_WIDTH = 0.325
FIGURES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "fig-online": (f"{METRIC} over examples, Trigger Update on", PARTS),
    "fig-batch-setting1": (f"{METRIC} of the batch methods over epochs, Setting 1", (BATCH,)),
    "fig-trigger-cifar10": (f"{METRIC} with Trigger Update on and off, and table updates, on CIFAR-10", PARTS[:1]),
    IN_SECONDS: (f"{METRIC} over the seconds of coding the table, on CIFAR-10", PARTS[:1]),
    "fig-cost": (f"{METRIC} over bit recomputations and training time", PARTS),
}
TABLES = (
    (updates_table, "Hash table updates with Trigger Update off and on", PARTS),
    (online_table, f"Final {METRIC} of the online methods, Trigger Update on", (*PARTS, PUBLISHED)),
    (batch_table, f"{METRIC} of the batch methods beside the published figures, Setting 1", (BATCH,)),
    (batch_2_table, f"{METRIC} of the networks beside the published figures, Setting 2", (BATCH_2,)),
)
ABOUT = (
    f"A claim holds if it does in every case that was run, and in part if in some of them; a loss of {METRIC} with the "
    f"trigger up to {TOLERANCE}, and a difference up to {TOLERANCE} to the published final {METRIC} of an online run, "
    f"count as none; ranks are by means, and no significance is tested here",
    "The poster prints its online results as curves without numbers, so their numbers cannot be put beside ours; those "
    "of its tables, and of the README of the authors' code, can",
)


@dataclass(frozen=True)
class Picture:
    """A figure by its file name without ending, its caption, and its part of the width of the page."""

    name: str
    caption: str
    width: float


@dataclass(frozen=True)
class Account:
    """The content of the report. warning: what must be said first, or "". notes: numbered from 1."""

    warning: str
    claims: Sequence[Claim]
    about_claims: str
    pictures: Sequence[Picture]
    tables: Sequence[Table]
    notes: Sequence[str]


def account_of(runs: PaperRuns, figures: Sequence[str]) -> Account:
    """Return what is said about the runs. figures: the names of the figures that exist."""
    notes = Notes()
    about = notes.refer(ABOUT)
    pictures = [_picture(name, runs, notes) for name in FIGURES if name in figures]
    tables = [notes.shortened(build(runs), caption) for build, caption, parts in TABLES if len(runs.of(*parts[:1]))]
    return Account(_warning(runs), claims_of(runs), about, pictures, tables, notes.listed())


def _picture(name: str, runs: PaperRuns, notes: Notes) -> Picture:
    caption, parts = FIGURES[name]
    measuring = how_measured(runs.of(*parts), "table_s") if name == IN_SECONDS else []
    reference = notes.refer([*measuring, *runs.notes_on(*parts)])
    return Picture(name, f"{caption} ({reference})" if reference else caption, WIDTHS.get(name, USUAL_WIDTH))


def _warning(runs: PaperRuns) -> str:
    """Return which data are stand-ins, and whether the streams are short."""
    parts = [part for part in PARTS if runs.notes.get(part, "").startswith(STAND_IN)]
    replaced = [runs.of(part)["dataset_title"].iloc[0].removesuffix(f" [{STAND_IN}]") for part in parts]
    stand_ins = f"{STAND_IN} data instead of {', '.join(replaced)}" if replaced else ""
    short = "a quick run of short streams" if runs.quick else ""
    said = "; ".join(filter(None, (stand_ins, short)))
    return f"Not the paper's experiments in full: {said}." if said else ""

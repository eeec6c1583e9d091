"""What a report cannot show: runs that are not done, that diverged or that are missing, and files left out."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mihash_bench.report.data.selection import diverged_runs
from mihash_bench.report.folder import Complain
from mihash_bench.report.state import label_of, missing_runs
from mihash_bench.store.results import Results

# Status, run and reason.
Failure = tuple[str, str, str]


def failures_of(loaded: Results, results: Path, left_out: Sequence[str], complain: Complain) -> list[Failure]:
    """Return the status, the run and the reason of each thing that is not shown, or is shown but has diverged.

    left_out: the lines about files and runs that reading the folder has left out.
    """
    return list(_failures(loaded, results, left_out, complain))


def _failures(loaded: Results, results: Path, left_out: Sequence[str], complain: Complain) -> Iterator[Failure]:
    for run in loaded.runs[loaded.runs["status"] != "done"].to_dict("records"):
        yield run["status"], label_of(run), run["reason"]
    for run in diverged_runs(loaded.runs):
        yield "diverged", label_of(run), run["diverged"]
    for planned in missing_runs(results, set(loaded.runs["key"]), complain):
        yield "missing", label_of(planned), "It was planned, but there is no file of it."
    for line in left_out:
        yield "left out", "", line.removeprefix("left out: ")

"""``mihash-bench reproduce-paper``: performs the paper's experiments and writes their figures and tables."""

from collections.abc import Mapping
from functools import partial

import pandas as pd
from rich.console import Console

from mihash_bench.registry import DATASETS
from mihash_bench.report.data.selection import comparable, with_plain_datasets
from mihash_bench.report.making import Making
from mihash_bench.report.paper.runs import BATCH, BATCH_2, METRIC, PARTS, PaperRuns
from mihash_bench.report.paper.write import write_paper
from mihash_bench.report.render import print_summary
from mihash_bench.running.statuses import FINISHED, recorded_status
from mihash_bench.studies import paper
from mihash_bench.studies.estimating import estimate_lines
from mihash_bench.studies.execution import Execution
from mihash_bench.studies.paper import Experiment, paper_experiments, unlike_the_authors
from mihash_bench.studies.setting_2 import setting_2_experiment, setting_2_note
from mihash_bench.studies.sweeping import (
    announce,
    check_sweeps,
    conclude,
    list_tasks,
    remember,
    run_tasks,
    say,
)
from mihash_bench.sweeps.choose import sweep_of
from mihash_bench.sweeps.results import load_results
from mihash_bench.sweeps.sweep import tasks_of
from mihash_bench.sweeps.task import RunTask


def reproduce(how: Execution, *, quick: bool, setting_2: str = "none", made_by: tuple[str, str] | None = None) -> int:
    """Perform the missing runs, write the figures and tables of all runs, and return the exit code.

    setting_2: how Setting 2 is done; see ``studies.setting_2``. made_by: what the figures and tables say about how they
    were made; None for nothing.
    """
    console = Console()
    trained, left_out = setting_2_experiment(setting_2, how.data_dir)
    experiments = [*paper_experiments(how.data_dir, quick=quick), *trained]
    sweeps = [sweep_of(experiment.options, {}) for experiment in experiments]
    check_sweeps(sweeps, how)
    _say_what_is_missing(console, experiments, left_out)
    tasks = [tasks_of([sweep], how.folders) for sweep in sweeps]
    every = list({task.key: task for group in tasks for task in group}.values())
    chosen = announce(console, sweeps, every, how)
    if how.dry_run:
        return list_tasks(console, every, chosen, estimate_lines(chosen, how))
    remember(console, every, how.results)
    outcomes = run_tasks(console, chosen, how)
    code = conclude(console, outcomes, how.results)
    if any(recorded_status(task) not in FINISHED for task in every):
        say(console, "Figures and tables are written once all runs are done. Existing ones are from an earlier call.")
        return code or 1
    notes = {each.part: setting_2_note(setting_2, each) for each in trained}
    runs = _paper_runs(list(zip(experiments, tasks, strict=True)), how, notes, quick=quick)
    print_summary(runs.of(*PARTS, BATCH, BATCH_2), METRIC, console)
    for note in dict.fromkeys([*runs.notes.values(), runs.quick, runs.quick_batch]):
        if note:
            say(console, note)
    making = made_by and Making(made_by, load_results(how.results).runs)
    for path in write_paper(runs, how.results, making, partial(say, console)):
        say(console, str(path))
    return code


def _say_what_is_missing(console: Console, experiments: list[Experiment], left_out: str) -> None:
    if left_out:
        say(console, left_out)
    for experiment in {each.dataset: each for each in experiments}.values():
        if experiment.missing:
            stand_in = experiment.stand_in_description
            say(console, f"{experiment.missing}. STAND-IN for {experiment.dataset}: {stand_in}.")


def _paper_runs(
    groups: list[tuple[Experiment, list[RunTask]]], how: Execution, known: Mapping[str, str], *, quick: bool
) -> PaperRuns:
    """Return the runs to report. known: the notes on some parts."""
    frame = comparable(load_results(how.results).frame)
    titled, notes = [], dict(known)
    for experiment, tasks in groups:
        rows = frame[frame["key"].isin([task.key for task in tasks])]
        # A file that is not of the authors' shape keeps the title of its own.
        title = experiment.title if experiment.missing else with_plain_datasets(rows)["dataset_title"]
        titled.append(rows.assign(part=experiment.part, dataset_title=title))
        if experiment.part not in known:
            notes[experiment.part] = _note(experiment, rows, how)
    every = pd.concat(titled, ignore_index=True).drop_duplicates(["key", "part", "examples"], ignore_index=True)
    return PaperRuns(every, notes, _quick(online=True) if quick else "", _quick(online=False) if quick else "")


def _quick(*, online: bool) -> str:
    if online:
        return f"QUICK: streams of {paper.QUICK['examples']} examples, {paper.QUICK['checkpoints']} checkpoints."
    return f"QUICK: {paper.QUICK_BATCH['bits']} bits and {paper.QUICK_BATCH['trials']} trial of the batch comparison."


def _note(experiment: Experiment, rows: pd.DataFrame, how: Execution) -> str:
    """Return a note about the data if there is a stand-in or if the file differs from the authors' file."""
    title = DATASETS.get(experiment.dataset).title
    if experiment.missing:
        streamed = (
            f"; here with streams of {int(rows['examples'].max()):,} examples" if experiment.part != BATCH else ""
        )
        return f"STAND-IN for {title}: {experiment.stand_in_description}{streamed}."
    differs = unlike_the_authors(experiment, how.data_dir, how.folders.cache_dir)
    return f"{title}: {differs}." if differs else ""

"""What ``mihash-bench reproduce-paper`` does, with everything heavy imported."""

from typing import Any

import pandas as pd
from rich.console import Console

from mihash_bench.cli.run import HOW, run
from mihash_bench.cli.sweep_options import of_setting, typed
from mihash_bench.cli.sweeping import How, announce, checked_sweeps, conclude, list_tasks, run_tasks, tasks_of
from mihash_bench.experiment import paper
from mihash_bench.experiment.paper import (
    BATCH,
    Experiment,
    paper_experiments,
    unlike_the_authors,
)
from mihash_bench.experiment.supervisor import FINISHED, recorded_status
from mihash_bench.experiment.task import Task
from mihash_bench.registry import DATASETS
from mihash_bench.report.paper import METRIC, PARTS, PaperRuns, write_paper
from mihash_bench.report.screen import print_summary
from mihash_bench.report.selection import comparable
from mihash_bench.store.results import load_results


def reproduce(how: How, *, quick: bool) -> int:
    """Do the runs that are missing, then write figures and tables of all of them; return the exit code."""
    console = Console()
    experiments = paper_experiments(how.data_dir, quick=quick)
    sweeps = checked_sweeps([_options(experiment) for experiment in experiments], how)
    _say_what_is_missing(console, experiments)
    tasks = [tasks_of([sweep], how.place) for sweep in sweeps]
    every = list({task.key: task for group in tasks for task in group}.values())
    chosen = announce(console, sweeps, every, how)
    if how.dry_run:
        return list_tasks(console, every, chosen)
    outcomes = run_tasks(console, chosen, how)
    code = conclude(console, outcomes, how.results)
    if any(recorded_status(task) not in FINISHED for task in every):
        said = "Figures and tables are made when all runs are done; any in the folder are of an earlier call."
        console.print(said, highlight=False, soft_wrap=True)
        return code or 1
    runs = _paper_runs(list(zip(experiments, tasks, strict=True)), how, quick=quick)
    print_summary(runs.of(*PARTS, BATCH), METRIC, console)
    for note in dict.fromkeys([*runs.notes.values(), runs.quick, runs.quick_batch]):
        console.print(note, markup=False, highlight=False, soft_wrap=True, end="\n" if note else "")
    for path in write_paper(runs, how.results):
        console.print(str(path), markup=False, highlight=False, soft_wrap=True)
    return code


def _say_what_is_missing(console: Console, experiments: list[Experiment]) -> None:
    for experiment in {each.dataset: each for each in experiments}.values():
        if experiment.missing:
            said = f"{experiment.missing}. STAND-IN for {experiment.dataset}: {experiment.stand_in_description}."
            console.print(said, markup=False, highlight=False, soft_wrap=True)


def _options(experiment: Experiment) -> dict[str, Any]:
    """Return what ``run`` would make of these options and its own defaults."""
    with run.make_context("run", []) as ctx:
        what = {name: value for name, value in ctx.params.items() if name not in (*HOW, "preset", "config")}
        return of_setting({**what, **typed(ctx, experiment.options)}, set(), experiment.options.keys())


def _paper_runs(groups: list[tuple[Experiment, list[Task]]], how: How, *, quick: bool) -> PaperRuns:
    frame = comparable(load_results(how.results).frame)
    titled, notes = [], {}
    for experiment, tasks in groups:
        rows = frame[frame["key"].isin([task.key for task in tasks])]
        titled.append(rows.assign(part=experiment.part, dataset_title=experiment.title))
        notes[experiment.part] = _note(experiment, rows, how)
    every = pd.concat(titled, ignore_index=True).drop_duplicates(["key", "part", "examples"], ignore_index=True)
    return PaperRuns(every, notes, _quick(online=True) if quick else "", _quick(online=False) if quick else "")


def _quick(*, online: bool) -> str:
    if online:
        return f"QUICK: streams of {paper.QUICK['examples']} examples, {paper.QUICK['checkpoints']} checkpoints."
    return f"QUICK: {paper.QUICK_BATCH['bits']} bits and {paper.QUICK_BATCH['trials']} trial of the batch comparison."


def _note(experiment: Experiment, rows: pd.DataFrame, how: How) -> str:
    """Return what must be said of the data: which stand-in was used, or in what the file is not the authors'."""
    title = DATASETS.get(experiment.dataset).title
    if experiment.missing:
        streamed = f"; here streams of {int(rows['examples'].max()):,} examples" if experiment.part != BATCH else ""
        return f"STAND-IN for {title}: {experiment.stand_in_description}{streamed}."
    differs = unlike_the_authors(experiment, how.data_dir, how.place.cache_dir)
    return f"{title}: {differs}." if differs else ""

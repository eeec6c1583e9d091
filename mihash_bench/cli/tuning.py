"""What ``mihash-bench tune`` does, with everything heavy imported."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from mihash_bench.batch.protocol import TUNING_ASK, TUNING_LEARN
from mihash_bench.cli.run import BATCH_METHODS as USUAL_METHODS
from mihash_bench.cli.sweeping import How, announce, run_tasks, tasks_of
from mihash_bench.errors import InputError
from mihash_bench.experiment.batch import TUNING
from mihash_bench.experiment.batch_sweep import BatchSweep
from mihash_bench.experiment.supervisor import recorded_status
from mihash_bench.experiment.task import Task
from mihash_bench.experiment.tuning import Search, Setting, Tried, candidates, preset_of, whole_sets
from mihash_bench.metrics.average_precision import MAP_EXPECTED
from mihash_bench.registry import BATCH_METHODS, DATASETS
from mihash_bench.report.together import write_together
from mihash_bench.store.layout import check_writable
from mihash_bench.store.run_file import read_run

# What the preset runs.
PRESET_BITS, PRESET_TRIALS = (12, 24, 32, 48), 3


def tune_methods(dataset: str, methods: Sequence[str], bits: tuple[int, ...], budget: int, seed: int, how: How) -> int:
    """Try what is not tried yet, write the preset, say what was found, and return the exit code."""
    console = Console()
    tried_sets = {name: candidates(BATCH_METHODS.get(name), budget, seed) for name in methods}
    whole = {name: whole_sets(BATCH_METHODS.get(name), sets) for name, sets in tried_sets.items()}
    sweep = BatchSweep(
        datasets=(dataset,), methods=tuple(methods), bits=bits, trials=1, checkpoints=1, metrics=(MAP_EXPECTED,),
        seed=seed, setting=TUNING, candidates=tuple((name, each) for name, sets in whole.items() for each in sets),
    )  # fmt: skip
    check_writable(how.results)
    tasks = tasks_of([sweep], how.place)
    outcomes = run_tasks(console, announce(console, [sweep], tasks, how), how)
    if any(outcome.status == "interrupted" for outcome in outcomes):
        console.print("Interrupted. What was tried is kept: the same command goes on where it stopped.")
        return 130
    cut_short = [task for task in tasks if recorded_status(task) in ("timeout", "killed")]
    if cut_short:
        # What a busy machine did not let end must not lose to what it did.
        said = f"{len(cut_short)} runs were ended before they were done, such as {cut_short[0].label}."
        left = "No preset is written. The same command tries them again."
        console.print(f"{said} {left}", markup=False, highlight=False, soft_wrap=True)
        return 1
    columns = DATASETS.get(dataset)().load(how.data_dir, how.place.cache_dir).features.shape[1]
    about = {"features": columns, **_about(tasks[0], budget, seed)}
    search = Search(dataset, bits, _tried(tasks, tried_sets, whole, bits), about)
    return _conclude(console, search, how.results)


def _tried(
    tasks: Sequence[Task], some: dict[str, list[Setting]], whole: dict[str, list[Setting]], bits: tuple[int, ...]
) -> dict[str, list[Tried]]:
    """Return the score of everything tried, by method, in the order of the candidates."""
    reached = {(t.config.method, t.config.method_parameters, t.config.bits): _reached(t.path) for t in tasks}
    return {
        name: [
            Tried(part, tuple(reached[name, tuple(sorted(every.items())), b] for b in bits))
            for part, every in zip(some[name], whole[name], strict=True)
        ]
        for name in some
    }


def _reached(path: Path) -> float:
    """Return a run's last mAP; NaN if it is not done."""
    try:
        record = read_run(path)
    except InputError:
        return float("nan")
    return float(record.curve[str(MAP_EXPECTED)][-1]) if record.attributes["status"] == "done" else float("nan")


def _about(task: Task, budget: int, seed: int) -> dict[str, Any]:
    left = 1 - TUNING_LEARN - TUNING_ASK
    return {
        "searched_by": "random search, the defaults first",
        "budget": budget,
        "seed": seed,
        "split": f"of each class's training points of trial 0: {TUNING_LEARN:.0%} learned from, {TUNING_ASK:.0%} "
        f"queries, {left:.0%} database",
        "score": f"{MAP_EXPECTED} after the last epoch, mean over the code lengths",
        "dataset_digest": task.dataset_digest,
        "version": version("mihash-bench"),
    }


def _file_name(search: Search) -> str:
    """Return the preset's name, with its methods unless it has all, so that no search replaces another's."""
    methods = "" if set(search.tried) >= set(USUAL_METHODS) else "-" + "-".join(search.tried)
    return f"batch-1-{search.dataset}{methods}.toml"


def _conclude(console: Console, search: Search, folder: Path) -> int:
    without = [name for name, tried in search.tried.items() if all(each.score != each.score for each in tried)]
    if without:
        said = f"No run of {', '.join(without)} is done; `mihash-bench status {folder}` says why. No preset is written."
        console.print(said, highlight=False, soft_wrap=True)
        return 1
    for name, tried in search.tried.items():
        best = search.best(name)
        values = ", ".join(f"{parameter}={value}" for parameter, value in best.parameters.items())
        failed = sum(each.score != each.score for each in tried)
        beside = f", {failed} failed" if failed else ""
        said = f"{name}: {best.score:.4f} with {values}; defaults {tried[0].score:.4f}; {len(tried)} tried{beside}"
        console.print(said, markup=False, highlight=False, soft_wrap=True)
    text, name = preset_of(search, PRESET_BITS, PRESET_TRIALS), _file_name(search)

    def render(workshop: Path) -> list[Path]:
        (workshop / name).write_text(text)
        return [workshop / name]

    [path] = write_together(folder, render)
    console.print(f"{path}: for `mihash-bench run --config {path}`", markup=False, highlight=False, soft_wrap=True)
    return 0

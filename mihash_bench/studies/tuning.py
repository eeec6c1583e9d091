"""``mihash-bench tune``: performs runs with many parameter sets of batch methods and writes the best to a preset."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Parameters, canonical
from mihash_bench.experiment.training_points import TUNING_ASK, TUNING_LEARN
from mihash_bench.metrics.average_precision import MAP_EXPECTED
from mihash_bench.own_data.known import dataset_class
from mihash_bench.plugins import loaded_specs
from mihash_bench.registry import METHODS
from mihash_bench.running.statuses import INTERRUPTED, recorded_status
from mihash_bench.settings.base import Setting, setting_of
from mihash_bench.store.output_file import written
from mihash_bench.store.run_file import read_run
from mihash_bench.studies.execution import Execution
from mihash_bench.studies.parameter_search import (
    FURTHER_TRIALS,
    ParameterSet,
    Search,
    Tried,
    candidates,
    finalists,
    preset_of,
    whole_sets,
)
from mihash_bench.studies.sweeping import announce, check_sweeps, run_tasks, say
from mihash_bench.sweeps.sweep import Sweep, tasks_of
from mihash_bench.sweeps.task import RunTask

# The setting of the preset, and the setting in which parameter sets are tried for it.
TUNED, TRIED_IN = "batch-1", "tuning-1"
PRESET_BITS, PRESET_TRIALS = (12, 24, 32, 48), 3


# The mAP of each code length, by method, parameters and trial.
_Reached = dict[tuple[str, Parameters, int], dict[int, float]]


@dataclass(frozen=True)
class _Plan:
    """Parameter sets by method: the searched parameters only, and the same sets completed with defaults."""

    searched: dict[str, list[ParameterSet]]
    whole: dict[str, list[ParameterSet]]

    @property
    def candidates(self) -> tuple[tuple[str, ParameterSet], ...]:
        return tuple((name, each) for name, sets in self.whole.items() for each in sets)


def tune_methods(
    dataset: str, methods: Sequence[str], bits: tuple[int, ...], budget: int, seed: int, how: Execution
) -> int:
    """Perform the missing runs, repeat the best sets, write the preset, print it, and return the exit code."""
    console = Console()
    setting = setting_of(TRIED_IN)
    # A list such as a,b is refused here, before anything is run.
    source = dataset_class(dataset, how.data_dir)()
    plan = _planned(setting, methods, budget, seed)
    values = {"dataset": [dataset], "method": list(methods), "bits": list(bits), "trials": 1, "checkpoints": 1}
    sweep = Sweep(setting, setting.options.of({**values, "seed": seed}), plan.candidates, data_dir=how.data_dir)
    tasks, ended = _performed(console, sweep, how)
    if ended:
        return ended
    tried = _tried(tasks, plan, setting, sweep.options.bits)
    chosen = {name: finalists(sets) for name, sets in tried.items()}
    again = tuple((name, plan.whole[name][i]) for name, positions in chosen.items() for i in positions)
    if again:
        say(console, f"The best sets and the defaults are repeated in {FURTHER_TRIALS} further trials.")
        trials = {**values, "seed": seed, "trials": 1 + FURTHER_TRIALS}
        repeats, ended = _performed(console, replace(sweep, options=setting.options.of(trials), candidates=again), how)
        if ended:
            return ended
        tried = _with_further(tried, chosen, plan, _scores(repeats), setting)
    columns = source.load(how.data_dir, how.folders.cache_dir).features.shape[1]
    about = {"features": columns, **_about(tasks[0], budget, seed)}
    return _conclude(console, Search(TUNED, setting.methods, dataset, sweep.options.bits, tried, about), how.results)


def _performed(console: Console, sweep: Sweep, how: Execution) -> tuple[list[RunTask], int]:
    """Perform the missing runs of a sweep and return all its tasks, and 0 or an exit code if some are still missing."""
    check_sweeps([sweep], how)
    tasks = tasks_of([sweep], how.folders)
    outcomes = run_tasks(console, announce(console, [sweep], tasks, how), how)
    if any(outcome.status == INTERRUPTED for outcome in outcomes):
        say(console, "Interrupted. Finished runs are kept, and repeating the command continues where it stopped.")
        return tasks, 130
    cut_short = [task for task in tasks if recorded_status(task) in ("timeout", "killed")]
    if cut_short:
        # A set must not be rejected only because a busy machine did not finish its run in time.
        said = f"{len(cut_short)} runs were ended early, such as {cut_short[0].label}."
        say(console, f"{said} No preset is written. Repeating the command tries them again.")
        return tasks, 1
    return tasks, 0


def _planned(setting: Setting, methods: Sequence[str], budget: int, seed: int) -> _Plan:
    for name in methods:
        if name in METHODS.names() and name not in setting.methods.names():
            raise InputError(f"--method: {name} is no batch method (allowed: {', '.join(setting.methods.names())})")
    classes = {name: setting.methods.get(name) for name in methods}
    searched = {name: candidates(method, budget, seed) for name, method in classes.items()}
    return _Plan(searched, {name: whole_sets(classes[name], sets) for name, sets in searched.items()})


def _tried(tasks: Sequence[RunTask], plan: _Plan, setting: Setting, bits: tuple[int, ...]) -> dict[str, list[Tried]]:
    """Return the scores of all parameter sets by method, in the order of the candidates."""
    reached = _scores(tasks)
    return {
        name: [
            Tried(part, tuple(reached[name, canonical(setting.methods.get(name), every), 0][b] for b in bits))
            for part, every in zip(plan.searched[name], plan.whole[name], strict=True)
        ]
        for name in plan.searched
    }


def _with_further(
    tried: dict[str, list[Tried]], chosen: dict[str, list[int]], plan: _Plan, reached: _Reached, setting: Setting
) -> dict[str, list[Tried]]:
    """Return the same sets, those that were repeated with their mean mAP in each further trial."""
    found = {name: list(sets) for name, sets in tried.items()}
    for name, positions in chosen.items():
        for i in positions:
            values = canonical(setting.methods.get(name), plan.whole[name][i])
            trials = [reached[name, values, 1 + t].values() for t in range(FURTHER_TRIALS)]
            found[name][i] = replace(found[name][i], further=tuple(float(np.mean(list(each))) for each in trials))
    return found


def _scores(tasks: Sequence[RunTask]) -> _Reached:
    found: _Reached = {}
    for task in tasks:
        config = task.config
        found.setdefault((config.method, config.method_parameters, config.trial), {})[config.bits] = _reached(task)
    return found


def _reached(task: RunTask) -> float:
    """Return a run's final mAP, or NaN if it is not done."""
    done = recorded_status(task) == "done"
    return float(read_run(task.path).curve[str(MAP_EXPECTED)][-1]) if done else float("nan")


def _about(task: RunTask, budget: int, seed: int) -> dict[str, Any]:
    left = 1 - TUNING_LEARN - TUNING_ASK
    return {
        "searched_by": "random search, the defaults first",
        "budget": budget,
        "seed": seed,
        "split": f"of each class's training points of trial 0: {TUNING_LEARN:.0%} learned from, {TUNING_ASK:.0%} "
        f"queries, {left:.0%} database",
        "score": f"{MAP_EXPECTED} after the last epoch, mean over the code lengths",
        "further": f"the best sets and the defaults in {FURTHER_TRIALS} further trials; the highest mean wins",
        "dataset_digest": task.dataset_digest,
        "version": version("mihash-bench"),
    }


def _file_name(search: Search) -> str:
    """Return the preset's file name. It names the methods unless all were tuned, to keep presets of other searches."""
    usual = setting_of(TUNED).options.defaults()["method"]
    methods = "" if set(search.tried) >= set(usual) else "-" + "-".join(search.tried)
    return f"{search.setting}-{search.dataset}{methods}.toml"


def _conclude(console: Console, search: Search, folder: Path) -> int:
    without = [name for name, tried in search.tried.items() if all(each.score != each.score for each in tried)]
    if without:
        say(console, f"No run of {', '.join(without)} is done. `mihash-bench status {folder}` shows the reasons.")
        say(console, "No preset is written.")
        return 1
    for name, tried in search.tried.items():
        best = search.best(name)
        values = ", ".join(f"{parameter}={value}" for parameter, value in best.parameters.items())
        failed = sum(each.score != each.score for each in tried)
        failures = f", {failed} failed" if failed else ""
        say(
            console,
            f"{name}: {_shown(best)} with {values}; defaults {_shown(tried[0])}; {len(tried)} tried{failures}",
        )
        if search.doubt(name):
            say(console, f"{name}: this difference to the defaults is no evidence, because {search.doubt(name)}.")
    path = folder / _file_name(search)
    _write_preset(path, preset_of(search, PRESET_BITS, PRESET_TRIALS))
    given = "".join(f" --plugin {shlex.quote(spec)}" for spec in loaded_specs())
    say(console, f"{path}: use it with `mihash-bench run --config {path}{given}`")
    return 0


def _shown(each: Tried) -> str:
    """Return the mean score, with its standard deviation over trials if there are several."""
    spread = f" ± {np.std(each.scores, ddof=1):.4f} over {len(each.scores)} trials" if each.further else ""
    return f"{each.mean:.4f}{spread}"


def _write_preset(path: Path, text: str) -> None:
    try:
        with written(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise InputError(f"-o: cannot write {path} ({error.strerror})") from None

"""``mihash-bench tune``: performs runs with many parameter sets of each method and writes the best to a preset."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from mihash_bench.datasets.base import Dataset, DatasetSource
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Parameters, as_text, canonical
from mihash_bench.metrics.average_precision import MAP_EXPECTED
from mihash_bench.own_data.known import dataset_class
from mihash_bench.plugins import loaded_specs
from mihash_bench.running.statuses import INTERRUPTED, recorded_status
from mihash_bench.settings.base import Planned, Setting, Tuning, foreign_option, setting_of, tuned_settings
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
    spans_of,
    whole_sets,
)
from mihash_bench.studies.sweeping import announce, check_sweeps, run_tasks, say
from mihash_bench.sweeps.plug_in_errors import planning
from mihash_bench.sweeps.sweep import Sweep, tasks_of
from mihash_bench.sweeps.task import RunTask

PRESET_TRIALS = 3


# The mAP of each code length, by method, parameters and trial.
_Reached = dict[tuple[str, Parameters, int], dict[int, float]]


@dataclass(frozen=True)
class Request:
    """What is tuned.

    setting: the setting of the preset. methods: None for its usual ones that can learn from the dataset. bits: code
    lengths over which the score is averaged; None for the usual ones. budget: number of parameter sets of each method,
    including the defaults. repeats: number of further trials of the best sets and the defaults. fixed: texts of
    ``--set``, with one value for each parameter. options: other options that were given, by name. Raises InputError if
    the setting cannot be tuned or does not have one of the options.
    """

    setting: str
    dataset: str
    methods: tuple[str, ...] | None = None
    bits: tuple[int, ...] | None = None
    budget: int = 20
    seed: int = 0
    repeats: int = FURTHER_TRIALS
    fixed: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.options:
            if name not in self.tuning.options:
                raise foreign_option(self.target, name, f"--{name.replace('_', '-')}")

    @property
    def target(self) -> Setting:
        """The setting of the preset."""
        return setting_of(self.setting)

    @property
    def tuning(self) -> Tuning:
        """How its methods are tuned."""
        if self.target.tuning is None:
            allowed = ", ".join(each.name for each in tuned_settings())
            raise InputError(f"--setting: {self.setting} cannot be tuned (allowed: {allowed})")
        return self.target.tuning

    def sweep(self, methods: Sequence[str], trials: int, data_dir: Path) -> Sweep:
        """Return the sweep in which parameter sets of some methods are tried, without these sets."""
        # A list such as a,b, which options accept, is refused here.
        dataset_class(self.dataset, data_dir)
        setting = setting_of(self.tuning.tried_in)
        values = {"dataset": [self.dataset], "method": list(methods), "bits": list(self.bits or self.tuning.bits)}
        more = {"trials": trials, "seed": self.seed, "set": list(self.fixed) or None}
        return Sweep(
            setting, setting.options.of({**self.tuning.values, **self.options, **values, **more}), data_dir=data_dir
        )


@dataclass(frozen=True)
class _Bench:
    """A sweep without parameter sets, and the data on which sets are tried."""

    sweep: Sweep
    source: DatasetSource
    dataset: Dataset

    @classmethod
    def of(cls, sweep: Sweep, how: Execution) -> "_Bench":
        """Load the dataset. Raises InputError if several parameter sets of it were given."""
        [source_class] = sweep.source_classes
        source = source_class(**_single(sweep, source_class))
        with planning([source_class]):
            return cls(sweep, source, source.load(how.data_dir, how.folders.cache_dir))

    def planned(self, method: Any, parameters: ParameterSet) -> list[Planned]:
        """Return the runs of one parameter set. Raises InputError if they are not possible."""
        with planning([method]):
            planned = self.sweep.setting.plan(self.sweep.options, self.source, self.dataset, [(method, parameters)])
            return list(planned)

    def skipped(self, method: Any) -> str:
        """Return why runs of a method with its defaults would be skipped, or "". Raises InputError as ``planned``."""
        return self.planned(method, _single(self.sweep, method))[0].skip

    def candidates(self, method: Any, budget: int) -> list[ParameterSet]:
        """Return the sets of the searched parameters that are tried, of which every run is possible."""
        fixed = self.fixed(method)

        def possible(drawn: ParameterSet) -> bool:
            try:
                return bool(self.planned(method, whole_sets(method, [drawn], fixed)[0]))
            except InputError:
                return False

        return candidates(method, budget, self.sweep.options.seed, fixed, possible)

    def fixed(self, method: Any) -> ParameterSet:
        """Return the parameters of a method that are not searched because they were given."""
        given = self.sweep.grid.given(method)
        return {name: value for name, value in _single(self.sweep, method).items() if name in given}


def _single(sweep: Sweep, owner: Any) -> ParameterSet:
    """Return the parameters of a class. Raises InputError, naming ``--set``, if several values of one were given."""
    sets = list(sweep.grid.combinations(owner))
    if len(sets) > 1:
        raise InputError(f"--set: several values of a parameter of {owner.name} (allowed in tune: one)")
    return sets[0]


@dataclass(frozen=True)
class _Plan:
    """Parameter sets by method: the searched parameters only, and the same sets completed."""

    searched: dict[str, list[ParameterSet]]
    whole: dict[str, list[ParameterSet]]

    @property
    def candidates(self) -> tuple[tuple[str, ParameterSet], ...]:
        return tuple((name, each) for name, sets in self.whole.items() for each in sets)


def tune_methods(request: Request, how: Execution) -> int:
    """Perform the missing runs, repeat the best sets, write the preset, print it, and return the exit code."""
    return _Study(request, how, Console()).conduct()


@dataclass(frozen=True)
class _Study:
    request: Request
    how: Execution
    console: Console

    def conduct(self) -> int:
        bench, plan = self._bench, self._plan
        sweep = replace(bench.sweep, candidates=plan.candidates)
        tasks = tasks_of([sweep], self.how.folders)
        self._announce(tasks[0])
        if ended := self._performed(sweep, tasks):
            return ended
        tried = _tried(tasks, plan, sweep.setting, sweep.options.bits)
        chosen = {name: finalists(sets) for name, sets in tried.items()} if self.request.repeats else {}
        again = tuple((name, plan.whole[name][i]) for name, positions in chosen.items() for i in positions)
        if again:
            trials = "1 further trial" if self.request.repeats == 1 else f"{self.request.repeats} further trials"
            say(self.console, f"The best sets and the defaults are repeated in {trials}.")
            whole = self.request.sweep(list(plan.whole), 1 + self.request.repeats, self.how.data_dir)
            repeated = replace(whole, candidates=again)
            repeats = tasks_of([repeated], self.how.folders)
            if ended := self._performed(repeated, repeats):
                return ended
            tried = _with_further(tried, chosen, plan, _scores(repeats), sweep.setting)
        return self._conclude(tried, self._about(tasks[0]))

    @cached_property
    def _bench(self) -> _Bench:
        """The sweep of the chosen methods. Methods that were named and cannot run are refused, usual ones left out."""
        request, named = self.request, self.request.methods
        usual = request.target.options.defaults()["method"]
        bench = _Bench.of(request.sweep(named or usual, 1, self.how.data_dir), self.how)
        reasons = {method.name: bench.skipped(method) for method in bench.sweep.method_classes}
        for name, reason in reasons.items():
            if reason and named:
                raise InputError(f"--method: {reason} (allowed: leave {name} out)")
            if reason:
                say(self.console, f"{name} is left out: {reason}")
        kept = [name for name, reason in reasons.items() if not reason]
        if not kept:
            raise InputError(f"--dataset: no usual method of {request.setting} can learn from {request.dataset}")
        return bench if len(kept) == len(reasons) else _Bench.of(request.sweep(kept, 1, self.how.data_dir), self.how)

    @cached_property
    def _plan(self) -> _Plan:
        classes = {method.name: method for method in self._bench.sweep.method_classes}
        searched = {name: self._bench.candidates(method, self.request.budget) for name, method in classes.items()}
        fixed = {name: self._bench.fixed(method) for name, method in classes.items()}
        return _Plan(searched, {name: whole_sets(classes[name], searched[name], fixed[name]) for name in searched})

    def _announce(self, task: RunTask) -> None:
        budget, judged = self.request.budget, self._bench.sweep.setting.judged_by(task.config)
        say(self.console, f"Budget of each method: {budget} parameter sets, the defaults first.")
        say(self.console, f"Split: {judged['split']}.")
        for method in self._bench.sweep.method_classes:
            if not spans_of(method, self._bench.fixed(method)):
                say(self.console, f"{method.name}: nothing to tune.")

    def _performed(self, sweep: Sweep, tasks: Sequence[RunTask]) -> int:
        """Perform the missing runs of a sweep and return 0, or an exit code if some are still missing."""
        check_sweeps([sweep], self.how)
        outcomes = run_tasks(self.console, announce(self.console, [sweep], tasks, self.how), self.how)
        if any(outcome.status == INTERRUPTED for outcome in outcomes):
            said = "Finished runs are kept, and repeating the command continues where it stopped."
            say(self.console, f"Interrupted. {said}")
            return 130
        cut_short = [task for task in tasks if recorded_status(task) in ("timeout", "killed")]
        if cut_short:
            # A set must not be rejected only because a busy machine did not finish its run in time.
            said = f"{len(cut_short)} runs were ended early, such as {cut_short[0].label}."
            say(self.console, f"{said} No preset is written. Repeating the command tries them again.")
            return 1
        return 0

    def _about(self, task: RunTask) -> dict[str, Any]:
        repeats = self.request.repeats
        trials = "1 further trial" if repeats == 1 else f"{repeats} further trials"
        further = f"the best sets and the defaults in {trials}; the highest mean wins"
        return {
            "features": self._bench.dataset.shape.columns,
            "searched_by": "random search, the defaults first",
            "budget": self.request.budget,
            "seed": self.request.seed,
            **self._bench.sweep.setting.judged_by(task.config),
            "further": further if repeats else "none; the highest score wins",
            "dataset_digest": task.dataset_digest,
            "version": version("mihash-bench"),
        }

    def _conclude(self, tried: dict[str, list[Tried]], about: dict[str, Any]) -> int:
        request, console = self.request, self.console
        without = [name for name, sets in tried.items() if all(each.score != each.score for each in sets)]
        if without:
            folder = self.how.results
            say(console, f"No run of {', '.join(without)} is done. `mihash-bench status {folder}` shows the reasons.")
            say(console, "No preset is written.")
            return 1
        bits = self._bench.sweep.options.bits
        search = Search(request.target, request.dataset, bits, tried, about, request.fixed, request.options)
        for name in tried:
            for line in _lines(search, name):
                say(console, line)
        path = self.how.results / _file_name(search)
        _write_preset(path, preset_of(search, request.tuning.preset_bits or bits, PRESET_TRIALS))
        given = "".join(f" --plugin {shlex.quote(spec)}" for spec in loaded_specs())
        say(console, f"{path}: use it with `mihash-bench run --config {path}{given}`")
        return 0


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
    further = sorted({trial for _, _, trial in reached if trial})
    for name, positions in chosen.items():
        for i in positions:
            values = canonical(setting.methods.get(name), plan.whole[name][i])
            trials = [reached[name, values, trial].values() for trial in further]
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


def _file_name(search: Search) -> str:
    """Return the preset's file name, so that presets of other searches are kept.

    It names the methods unless all usual ones were tuned, and the code lengths if the preset has those of the search.
    """
    usual, tuning = search.setting.options.defaults()["method"], search.setting.tuning
    methods = "" if set(search.tried) >= set(usual) else "-" + "-".join(search.tried)
    bits = "" if tuning is None or tuning.preset_bits else f"-{'-'.join(map(str, search.bits))}b"
    return f"{search.setting.name}-{search.dataset}{methods}{bits}.toml"


def _lines(search: Search, name: str) -> list[str]:
    """Return what is said about the search for one method."""
    tried, best = search.tried[name], search.best(name)
    values = ", ".join(f"{parameter}={as_text(value)}" for parameter, value in best.parameters.items())
    if not values:
        return [f"{name}: {_shown(best)} with nothing to tune"]
    failed = sum(each.score != each.score for each in tried)
    failures = f", {failed} failed" if failed else ""
    every = ", as no further set was found" if len(tried) < search.about["budget"] else ""
    lines = [f"{name}: {_shown(best)} with {values}; defaults {_shown(tried[0])}; {len(tried)} tried{every}{failures}"]
    if reason := search.doubt(name):
        lines.append(f"{name}: this difference to the defaults is no evidence, because {reason}.")
    return lines


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

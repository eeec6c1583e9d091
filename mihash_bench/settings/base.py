"""The base class of settings, which declares everything that differs between kinds of experiments."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config, canonical, changed
from mihash_bench.experiment.options import Options
from mihash_bench.registry import SETTINGS, Registry
from mihash_bench.settings._cost import START, learning_cost, table_cost

if TYPE_CHECKING:
    from mihash_bench.datasets.base import Dataset, DatasetSource, Shape
    from mihash_bench.experiment.keeping import Keeper
    from mihash_bench.experiment.result import Observer, RunResult
    from mihash_bench.experiment.retrieval import Retrieval

Variant = tuple[Any, dict[str, Any]]


@dataclass(frozen=True)
class Axis:
    """A column over which curves are drawn.

    decades: the axis is logarithmic where the column spans a factor of ten or more. by_checkpoint: trials are averaged
    checkpoint by checkpoint, x included, instead of at every x that was measured. numbers: the format of tick labels;
    ``si`` uses prefixes such as k and M. usual: figures are drawn over it unless others are asked for. final: the last
    value of each run is drawn over it, with all code lengths in one panel. by_engine: it was measured in each search
    engine of ``run --search``, and has a panel for each; no figure is drawn over it unless runs have it.
    """

    column: str
    title: str
    decades: bool = False
    by_checkpoint: bool = False
    numbers: Literal["si", "plain", "whole"] = "si"
    usual: bool = True
    final: bool = False
    by_engine: bool = False


BITS = Axis("bits", "Code length (bits)", numbers="plain", usual=False, final=True)


@dataclass(frozen=True)
class Planned:
    """One run of a sweep: its config, its differences from the default protocol, and why it is skipped, if it is.

    sizes: the sizes of its stream, its hash table and its queries, one line for each round.
    """

    config: Config
    protocol: str = ""
    skip: str = ""
    sizes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wording:
    """How captions and errors describe a setting.

    final: when the final metric is measured. trials: what differs between trials, or "". missing: what the setting does
    not have, for the error about an option of another setting. instead: what to use instead of such an option, by name.
    checkpoints: where checkpoints are, for the note that there are fewer than asked for.
    """

    final: str
    checkpoints: str = "steps of learning"
    trials: str = ""
    missing: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tuning:
    """How `tune` chooses parameters of a setting's methods: by trying parameter sets in another setting.

    tried_in: the name of that setting. title: the title of the preset, with {dataset} and {features}. bits: the code
    lengths over which the score is averaged by default. options: what `tune` passes on to the runs and to the preset,
    besides dataset, method, bits and seed. values: other options of the runs. preset_bits: code lengths of the preset;
    none for those of the search, which are then part of the file's name.
    """

    tried_in: str
    title: str
    bits: tuple[int, ...]
    options: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    preset_bits: tuple[int, ...] = ()


class Setting(ABC):
    """Base class of all settings. A subclass is found by its module's name, or by an entry point.

    title: a short description for the help. options: the dataclass of its options. config: the dataclass of its
    configs. methods: the registry of its methods. axes: the x axes of its curves. columns: the curve columns of its
    runs in addition to metrics, examples and costs. final: arrays that every finished run stores. series: columns
    that distinguish the curves of one method. table_layout: the layout of its summary. costs: cost columns of the
    summary. own_scale: columns that are comparable only within one method; they are drawn in a separate figure over
    the first axis. table_seconds: how the column ``table_s`` is measured. slow_modules: those that only its runs need
    and that take long to import. needs_images: whether its methods learn from images instead of features. listed:
    whether ``--setting`` accepts it. tuning: how `tune` chooses parameters of its methods; None if it does not.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    wording: ClassVar[Wording]
    methods: ClassVar[Registry]
    axes: ClassVar[tuple[Axis, ...]]
    options: ClassVar[type[Options]] = Options
    config: ClassVar[type[Config]] = Config
    columns: ClassVar[tuple[str, ...]] = ()
    final: ClassVar[tuple[str, ...]] = ()
    series: ClassVar[tuple[str, ...]] = ()
    table_layout: ClassVar[str] = "long"
    costs: ClassVar[tuple[str, ...]] = ("train_s",)
    needs_images: ClassVar[bool] = False
    own_scale: ClassVar[tuple[str, ...]] = ()
    table_seconds: ClassVar[str] = ""
    slow_modules: ClassVar[tuple[str, ...]] = ()
    listed: ClassVar[bool] = True
    tuning: ClassVar[Tuning | None] = None

    @abstractmethod
    def plan(
        self, options: Any, source: "DatasetSource", dataset: "Dataset", variants: Sequence[Variant]
    ) -> Iterator[Planned]:
        """Yield the runs of a sweep on one dataset, one for each variant of a method and each combination of options.

        Raises InputError, naming the option, if a run is not possible with the given options.
        """

    @abstractmethod
    def run(self, config: Any, dataset: "Dataset", observer: "Observer", keeper: "Keeper") -> "RunResult":
        """Perform one run and return its columns. keeper: is given the hash functions of each checkpoint."""

    def cost(self, config: Any, shape: "Shape") -> int:
        """Return the cost of a run on data of some shape by a fixed formula, in about nanoseconds of one core."""
        return START + self.tables(config) * table_cost(shape, config.bits) + self.learning_cost(config, shape)

    def tables(self, config: Any) -> int:
        """Return the number of tables that a run is assumed to code and evaluate, for ``cost``."""
        return int(config.checkpoints)

    def learning_cost(self, config: Any, shape: "Shape") -> int:
        """Return the cost of learning, for ``cost``; by default that of learning from each row once."""
        return learning_cost(self.methods.get(config.method), shape.rows, shape.columns, config.bits)

    def retrieval(self, config: Any, dataset: "Dataset") -> "Retrieval":
        """Return the queries, the database and the features with which a run is evaluated."""
        # Imported late so that listing settings does not load NumPy.
        from mihash_bench.experiment.retrieval import draw_retrieval

        return draw_retrieval(dataset, config.seed, config.split_trial)

    def views(self, config: Any, dataset: "Dataset") -> "list[tuple[int | None, Retrieval]]":
        """Return what is searched at each checkpoint, with its number of examples; None if it is always the same."""
        return [(None, self.retrieval(config, dataset))]

    def view_facts(self, config: Any) -> dict[str, Any]:
        """Return the values of a config on which ``views`` depends, besides the dataset's content."""
        return {name: getattr(config, name) for name in ("setting", "dataset", "seed", "split", "trial")}

    def check(self, options: Any, methods: Sequence[Any]) -> None:
        """Raise InputError, naming the option, for options that are not possible on any dataset."""
        # Imported late so that listing settings loads nothing heavy.
        from joblib import cpu_count

        if options.threads > cpu_count():
            raise InputError(f"--threads: {options.threads} (allowed: at most the number of cores, {cpu_count()})")
        if options.split != "fixed" and "split" not in options.must_agree:
            raise InputError(f"--split: {options.split} is not possible in {self.name} (allowed: fixed)")

    def check_dataset(self, dataset: "Dataset") -> None:
        """Raise InputError, naming ``--dataset``, for a dataset from which the methods of this setting cannot learn."""
        if dataset.has_images == self.needs_images:
            return
        if dataset.has_images:
            has, allowed = "images", "features, which `mihash-bench features` makes of images"
        else:
            has, allowed = "features", "images, such as cifar10-images"
        raise InputError(f"--dataset: {dataset.name} has {has} (allowed in setting {self.name}: {allowed})")

    def check_split(self, options: Any, dataset: "Dataset") -> None:
        """Raise InputError, naming ``--split``, if trials cannot have splits of their own."""
        # Imported late so that listing settings does not load NumPy.
        from mihash_bench.experiment.split import check_split

        check_split(options.split, dataset)

    def notes(self, options: Any) -> list[str]:
        """Return notes about the options, one line each, which are shown before the runs begin."""
        return []

    def ending_fault(self, curve: Mapping[str, Any], final: Mapping[str, Any], config: Any) -> str:
        """Return what is wrong with the end of a finished run's curve, or "" if it is correct."""
        return ""

    def label(self, about: Mapping[str, Any]) -> str:
        """Return the part of a run's label that follows the code length, from the run's attributes."""
        return self.name

    def judged_by(self, config: Any) -> dict[str, str]:
        """Return how parameter sets are judged in a setting that others are tuned in: ``split`` and ``score``."""
        return {}

    def published_as(self, dataset: str) -> tuple[str, str] | None:
        """Return the experiment and the setting under which figures for a dataset were published, or None.

        dataset: the name that ``report.data.selection.comparable`` gives it, with changed defaults in parentheses.
        """
        return None

    def remarks(self, dataset: str) -> list[str]:
        """Return what tables and figures have to say about runs of a dataset, as sentences without a period.

        dataset: the name that ``report.data.selection.comparable`` gives it; see ``changed_defaults``.
        """
        return []

    def how_measured(self, column: str, dataset: str) -> str:
        """Return how a column that curves are drawn over was measured, as a sentence for captions, or "".

        dataset: as for ``remarks``.
        """
        return ""

    @property
    def file_prefix(self) -> str:
        """The prefix of the names of its figures and tables; empty for the default setting."""
        return "" if self.name == default_setting() else f"{self.name}-"

    def axis(self, column: str) -> Axis | None:
        """Return the axis of a column, or None if the setting has no such axis."""
        return next((axis for axis in self.every_axis if axis.column == column), None)

    @property
    def every_axis(self) -> tuple[Axis, ...]:
        """Its own axes, and the code length."""
        return (*self.axes, BITS)

    def config_of(
        self, options: Options, source: "DatasetSource", variant: Variant, bits: int, trial: int, **own: Any
    ) -> Config:
        """Return the config of one run. own: the values that only this setting has."""
        method, parameters = variant
        return self.config(
            setting=self.name,
            dataset=source.name,
            dataset_parameters=canonical(type(source), source.get_params()),
            method=method.name,
            method_parameters=canonical(method, parameters),
            bits=bits,
            trial=trial,
            checkpoints=options.checkpoints,
            metrics=options.metric,
            seed=options.seed,
            threads=options.threads,
            split=options.split,
            **own,
        )

    def protocol(self, config: Config, **usual: Any) -> str:
        """Return the differences from the default protocol, such as ``examples=1000,reservoir=100``, or "".

        usual: defaults that depend on the dataset. Runs with different protocols are not compared.
        """
        # The default of an option that is swept is a tuple of one value, of which a run has one.
        single = {name: each[0] for name, each in self.options.defaults().items() if is_single(each)}
        defaults = {**self.options.defaults(), **single, **usual}
        values = {name: getattr(config, name) for name in self.options.must_agree}
        return ",".join(changed(values, defaults))


def is_single(default: Any) -> bool:
    """Return whether a default is a tuple of one value."""
    return isinstance(default, tuple) and len(default) == 1


def changed_defaults(dataset: str) -> list[str]:
    """Return the changed defaults in the name of a dataset in reports, such as examples=1000.

    dataset: the name that ``report.data.selection.comparable`` gives it, such as ``sample (examples=1000, seed=1)``.
    """
    return dataset.partition(" (")[2].removesuffix(")").split(", ")


def default_setting() -> str:
    """Return the name of the setting that is used if a sweep does not name one."""
    return "online"


@cache
def setting_of(name: str) -> Setting:
    """Return a setting. Raises InputError, naming ``--setting``, if the name is unknown."""
    made: Callable[[], Setting] = SETTINGS.get(name)
    return made()


def listed_settings() -> list[Setting]:
    """Return the settings that ``--setting`` accepts, the default one first.

    A setting of another package that cannot be loaded is left out; naming it says why.
    """
    every = []
    for name in SETTINGS.names():
        with suppress(InputError):
            every.append(setting_of(name))
    return sorted((each for each in every if each.listed), key=lambda each: (each.name != default_setting(), each.name))


def tuned_settings() -> list[Setting]:
    """Return the settings of which `tune` chooses parameters."""
    return [each for each in listed_settings() if each.tuning is not None]


def modules_of_runs(settings: Collection[str] | None = None) -> list[str]:
    """Return the modules of settings and their methods, including compiled code: all that a run may import.

    settings: the names of those that runs have, without the ``slow_modules`` and the methods of all others; None for
    all.
    """
    every = listed_settings()
    own = every if settings is None else [setting_of(name) for name in settings]
    needed = {name for each in own for name in each.slow_modules}
    left_out = {name for each in every for name in each.slow_modules} - needed
    registries = {id(each.methods): each.methods for each in own}.values()
    modules = (name for registry in (SETTINGS, *registries) for name in registry.modules())
    return [name for name in modules if name not in left_out]


# The checks of one run file need its config several times.
@lru_cache(maxsize=8)
def read_config(text: str) -> tuple[Setting, Config]:
    """Read the canonical text of a config of any setting.

    Raises ValueError, KeyError or TypeError if the text is malformed, and InputError if the setting is unknown.
    """
    plain = json.loads(text)
    setting = setting_of(str(plain["setting"]))
    return setting, setting.config.from_plain(plain)


def foreign_option(setting: Setting, name: str, where: str) -> InputError:
    """Return the error for an option that the setting does not have."""
    hint = f", or {setting.wording.instead[name]}" if name in setting.wording.instead else ""
    missing = setting.wording.missing or "no such option"
    return InputError(f"{where}: {setting.name} has {missing} (allowed: leave it out{hint})")

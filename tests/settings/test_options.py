"""Every option of a setting reaches its runs: none is accepted and then ignored."""

from dataclasses import fields

import pytest

from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.errors import InputError
from mihash_bench.experiment.options import MetricText
from mihash_bench.experiment.parameter_grid import OWN_OPTIONS
from mihash_bench.parameters import Choice, Flag, Integer, Real, defaults
from mihash_bench.settings.base import listed_settings, setting_of

# Options that are no value of the config: they say which runs there are. ``epochs`` limits ``examples``, and ``plugin``
# brings classes, whose code is in the run key.
NOT_IN_THE_CONFIG = {"set", "plugin", "epochs"}
# Options whose values have another name in the config, which is that of one value among several.
RENAMED = {"trials": "trial", "metric": "metrics"}
# Those that ``plan`` is not given as options, but as classes and numbers.
NOT_BY_PLAN = {"dataset", "method", "trials"}
# Of which each value has its own runs, and which has no value by default.
INSTEAD = {"trial"}

# Options whose values are not made from their kind, and what else must be given for a value to be possible.
GIVEN = {"backbone": "small", "pixels": 64, "policy": "pool", "protocol": "growing", "search": "faiss-flat"}
TOGETHER = {"database": {"training": 500}}

# Those that users can name. The setting of ``tune`` gives other values to its runs, as ``test_tuning_online`` checks.
LISTED = [setting.name for setting in listed_settings()]
OPTIONS = [(name, option) for name in LISTED for option in setting_of(name).options.declared()]
PLANNED = [(name, option) for name, option in OPTIONS if option not in NOT_IN_THE_CONFIG | NOT_BY_PLAN | INSTEAD]


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=str)
def test_every_option_is_a_value_of_the_config_or_says_which_runs_there_are(name, option):
    config = setting_of(name).config
    known = {each.name for each in fields(config)}
    assert option in NOT_IN_THE_CONFIG or RENAMED.get(option, option) in known


def another(kind, default):
    """An allowed value that is not the default."""
    match kind:
        case Integer():
            return 200 if default is None else default + 1
        case Real():
            return default + 0.25
        case Flag():
            return not default
        case Choice(options):
            return next(word for word in options if word != default)
        case MetricText():
            return "P@5"
    raise NotImplementedError(f"another value for {kind}: state one here")


@pytest.fixture(scope="module")
def source():
    return Synthetic(n=5_000, d=6, classes=2)


@pytest.fixture(scope="module")
def dataset(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic")
    return source.load(folder, folder)


def planned(setting):
    """The setting, or a skip if its runs cannot be planned here."""
    if said := setting.methods.get("mihash").missing() if setting.needs_images else "":
        pytest.skip(said)
    return setting


@pytest.mark.parametrize("name", LISTED)
def test_trials_that_are_named_are_done_instead_of_the_first_ones(name, source, dataset):
    setting = planned(setting_of(name))
    method = setting.methods.get("mihash")
    parameters = {key: value for key, value in defaults(method).items() if key not in OWN_OPTIONS}
    for given, trials in (({"trial": "4,1", "trials": 2}, [4, 1]), ({"trials": 2}, [0, 1])):
        options = setting.options.of({**given, "bits": 8, **({"trigger": "on"} if name == "online" else {})})
        runs = list(setting.plan(options, source, dataset, [(method, parameters)]))
        assert [run.config.trial for run in runs] == trials
        assert options.combinations == len(runs)


@pytest.mark.parametrize(("name", "option"), PLANNED, ids=str)
def test_a_value_that_is_given_is_in_the_config_of_every_run(name, option, source, dataset):
    setting = planned(setting_of(name))
    declared, default = setting.options.declared()[option], setting.options.defaults()[option]
    given = GIVEN.get(option) or another(declared.kind, default[0] if declared.many else default)
    method = setting.methods.get("mihash")
    parameters = {key: value for key, value in defaults(method).items() if key not in OWN_OPTIONS}
    runs = list(
        setting.plan(
            setting.options.of({option: given, **TOGETHER.get(option, {})}), source, dataset, [(method, parameters)]
        )
    )
    expected = (given,) if declared.many and not declared.swept else given
    assert runs
    assert {getattr(run.config, RENAMED.get(option, option)) for run in runs} == {expected}


@pytest.mark.parametrize("name", ["online", "batch-1"])
def test_metrics_that_mean_nothing_here_are_refused_before_a_run(name, source, dataset):
    setting = setting_of(name)
    for given, told in (
        ({"metric": "P@9999"}, "--metric: P@9999 needs 9999 items, but the database has"),
        ({"metric": "P@r9", "bits": [16, 8]}, r"--metric: P@r9 .* of 8 bits \(allowed: P@r0 to P@r8\)"),
    ):
        with pytest.raises(InputError, match=told):
            list(setting.plan(setting.options.of(given), source, dataset, []))

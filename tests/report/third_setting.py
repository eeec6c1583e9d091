"""A setting of another package, with columns, costs and axes of its own."""

from importlib.metadata import EntryPoint

from mihash_bench.registry import METHODS, SETTINGS
from mihash_bench.settings.base import Axis, Setting, Wording

from .frames import run


class Third(Setting):
    """Has one column beside metrics, one cost, and no trigger."""

    name = "third"
    title = "a setting for tests"
    wording = Wording(final="at dawn", trials="seeds drawn anew")
    methods = METHODS
    axes = (Axis("loss_calls", "Calls of the loss"), Axis("examples", "Examples read"))
    columns = ("loss", "loss_calls")
    own_scale = ("loss",)
    costs = ("energy",)

    def plan(self, options, source, dataset, variants):
        """Plan nothing, since reports do not plan."""
        yield from ()

    def run(self, config, dataset, observer, keeper):
        """Refuse, since reports do not run."""
        raise NotImplementedError


def installed(monkeypatch):
    """Make the setting known, as the entry point of an installed package would."""
    point = EntryPoint("third", f"{__name__}:Third", SETTINGS.package)
    monkeypatch.setitem(SETTINGS._installed, "third", point)


def third_run(method="lsh", trial=0, *, energy=10.0, **changed):
    """The rows of one finished run of the setting."""
    rows = run(method, trial, "", **{"setting": "third", "key": f"third-{method}-{trial}", **changed})
    return rows.assign(loss=[9.0, 2.0, 1.0], loss_calls=[0, 5, 10], energy=energy)

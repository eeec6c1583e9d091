"""Which figures a command draws: a setting's quantities over its axes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from mihash_bench.errors import InputError, unknown
from mihash_bench.report.data.searched import engines_in, not_measured
from mihash_bench.report.data.selection import APART, apart, settings_in
from mihash_bench.report.figures.quantities import Quantity, drawable
from mihash_bench.report.titles import dashed, file_safe
from mihash_bench.settings.base import BITS, Axis, Setting

Known = Mapping[Setting, Mapping[str, Quantity]]


@dataclass(frozen=True)
class Planned:
    """One figure: a quantity of the runs of a setting over one of its axes.

    apart: the protocol and the table policy of the runs, if they are not the usual ones; see ``selection.apart``.
    """

    setting: Setting
    y: Quantity
    x: str
    apart: str = ""

    @property
    def name(self) -> str:
        """The name of its files, without their ending."""
        own = not self.y.is_metric and self.y.column.isidentifier()
        y = self.y.column if own else file_safe(self.y.column)
        names = [part.partition("=")[2] if part.partition("=")[0] in APART else part for part in self.apart.split(", ")]
        return f"curve-{self.setting.file_prefix}{''.join(f'{dashed(name)}-' for name in names if name)}{y}-{self.x}"

    def rows_of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that the figure shows."""
        return frame[(frame["setting"] == self.setting.name) & (frame["dataset"].map(apart) == self.apart)]


def planned_figures(frame: pd.DataFrame, xs: Sequence[str] | None, ys: Sequence[str]) -> list[Planned]:
    """Return the figures of ``ys`` over ``xs``, or over the usual axes of each setting if ``xs`` is None.

    Settings that have none of ``ys`` or of ``xs`` have no figure. What is comparable only within one method is added
    where the first axis of its setting is drawn over. Raises InputError, naming ``--x`` or ``--y``, for a column that
    no setting has, and for two that make no figure.
    """
    known = {setting: drawable(frame, setting) for setting in settings_in(frame)}
    _check(known, xs, ys)
    plans = [plan for setting in known for plan in _of_parts(frame, setting, xs, ys)]
    if not any(plan.y.column in ys for plan in plans):
        if missing := _unmeasured(frame, known, xs or ()):
            raise not_measured(missing)
        raise InputError(f"--x, --y: no setting has both {', '.join(xs or ())} and {', '.join(ys)}")
    return plans


def _unmeasured(frame: pd.DataFrame, known: Known, xs: Sequence[str]) -> str:
    """Return an axis out of ``xs`` that is measured in search engines, and was not; "" if there is none."""
    axes = [axis for setting in known for axis in setting.every_axis if axis.by_engine and axis.column in xs]
    return next((axis.column for axis in axes if not engines_in(frame, axis.column)), "")


def _check(known: Known, xs: Sequence[str] | None, ys: Sequence[str]) -> None:
    every = {name: quantity for quantities in known.values() for name, quantity in quantities.items()}
    axes = dict.fromkeys(axis.column for setting in known for axis in setting.every_axis)
    for y in ys:
        if y not in every:
            raise unknown("--y", y, every)
    for x in xs or ():
        if x not in axes:
            raise unknown("--x", x, axes)
        if x in ys:
            raise InputError(f"--y: {x} is the x axis, too (allowed: another --x or --y)")
    for quantity in (every[y] for y in ys if xs is not None):
        _check_axes(quantity, xs or (), known)


def _check_axes(quantity: Quantity, xs: Sequence[str], known: Known) -> None:
    """Raise InputError if a quantity that is drawn over one axis only was asked for over others."""
    if quantity.once and BITS.column not in xs:
        raise InputError(f"--y: {quantity.column} is known once for each run (allowed: with --x {BITS.column})")
    if quantity.own_scale:
        firsts = {setting.axes[0].column for setting in known if quantity.column in known[setting]}
        if not firsts & set(xs):
            where = ", ".join(sorted(firsts))
            reason = f"{quantity.column} is comparable only within one method, and drawn over {where}"
            raise InputError(f"--y: {reason} (allowed: --x {where})")


def _of_parts(frame: pd.DataFrame, setting: Setting, xs: Sequence[str] | None, ys: Sequence[str]) -> Iterator[Planned]:
    """Yield the figures of each protocol and table policy of a setting, the usual ones first."""
    of_setting = frame[frame["setting"] == setting.name]
    parts = of_setting["dataset"].map(apart)
    for each in sorted(set(parts)):
        rows = of_setting[parts == each]
        yield from (replace(plan, apart=each) for plan in _of_setting(setting, rows, xs, ys))


def _of_setting(setting: Setting, rows: pd.DataFrame, xs: Sequence[str] | None, ys: Sequence[str]) -> Iterator[Planned]:
    known = drawable(rows, setting)
    own = [axis for axis in setting.every_axis if not axis.by_engine or engines_in(rows, axis.column)]
    axes = [axis for axis in own if axis.usual] if xs is None else [axis for axis in own if axis.column in xs]
    if xs is not None:
        axes.sort(key=lambda axis: list(xs).index(axis.column))
    for quantity in (known[y] for y in dict.fromkeys(ys) if y in known and not known[y].own_scale):
        yield from (Planned(setting, quantity, axis.column) for axis in _axes_of(quantity, axes, xs))
    first = setting.axes[0].column
    shown = any(axis.column == first for axis in axes)
    asked = [quantity for quantity in known.values() if quantity.own_scale and (quantity.column in ys or shown)]
    yield from (Planned(setting, quantity, first) for quantity in asked)


def _axes_of(quantity: Quantity, axes: Sequence[Axis], xs: Sequence[str] | None) -> list[Axis]:
    if quantity.once:
        return [BITS] if xs is None else [axis for axis in axes if axis.final]
    return [axis for axis in axes if axis.column != quantity.column]

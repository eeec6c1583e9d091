"""Which engines are measured, with which parameters."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mihash_bench.engines.base import Engine
from mihash_bench.experiment.parameter_grid import ParameterGrid
from mihash_bench.registry import ENGINES

USUAL_K = 100


@dataclass(frozen=True)
class Wishes:
    """The engines of a command.

    names: those of the engines; none for all that there are. texts: values of parameters, such as
    ``faiss-ivf.nprobe=1,4``. k: the number of rows that a query asks for. again: measure also what was measured before.
    Raises InputError, naming the option, for an unknown engine or parameter, and if the software is missing.
    """

    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    k: int = USUAL_K
    again: bool = False

    def __post_init__(self) -> None:
        for engine in self.classes:
            for parameters in self._grid.combinations(engine):
                engine(**parameters).check_installed()

    @cached_property
    def classes(self) -> list[Any]:
        """The classes of the engines, in the given order."""
        return [ENGINES.get(name) for name in self.names or _every_name()]

    @cached_property
    def _grid(self) -> ParameterGrid:
        return ParameterGrid(self.texts, {engine.name: engine for engine in self.classes})

    def engines(self, engine: Any, n_rows: int, n_bits: int) -> list[Engine]:
        """Return one engine for each combination of the parameters of a class, which need not be possible.

        The effort takes the values that were given, or the usual ones for a table of n_rows codes of n_bits bits.
        """
        made: list[Engine] = []
        for parameters in self._grid.combinations(engine):
            one: Engine = engine(**parameters)
            usual = () if self._gives(engine) else one.efforts(n_rows, n_bits)
            made += [type(one)(**{**parameters, engine.effort: effort}) for effort in usual] or [one]
        return made

    def _gives(self, engine: Any) -> bool:
        """Return whether values of the effort of an engine were given."""
        names = [text.partition("=")[0].strip() for text in self.texts]
        return f"{engine.name}.{engine.effort}" in names


def _every_name() -> Sequence[str]:
    """Return the names of all engines, exact search first."""
    return sorted(ENGINES.names(), key=lambda name: (bool(ENGINES.get(name).effort), name))

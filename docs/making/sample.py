"""Small sweeps of all methods on the embedded sample, and the figures that are drawn from their runs."""

import contextlib
import io
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from making.pictures import draw_pictures
from making.places import DOCS, MADE, WORK
from making.terminal import ExampleError, Terminal
from mihash_bench.cli.main import main

_SWEEPS = DOCS / "making" / "sweeps"
# Beside which each method of a sweep is drawn.
_BASELINE = "lsh"
# A setting that needs more than the extra docs, with the module that says whether it is there.
_NEEDS = {"batch-2": "torch"}
_LANDING = "mihash,osh,sketchhash,adapthash,okh"


@dataclass(frozen=True)
class SmallSweep:
    """A sweep: its file, and the setting and methods that the file names."""

    file: Path
    setting: str
    methods: frozenset[str]

    @property
    def name(self) -> str:
        """The name of the file without its ending, also that of the results folder."""
        return self.file.stem

    @property
    def can_run(self) -> bool:
        """Whether everything that the setting needs is installed."""
        return self.setting not in _NEEDS or find_spec(_NEEDS[self.setting]) is not None


@cache
def small_sweeps() -> tuple[SmallSweep, ...]:
    """Return the sweeps in the order of their names."""
    return tuple(map(_read, sorted(_SWEEPS.glob("*.toml"))))


def _read(file: Path) -> SmallSweep:
    content = tomllib.loads(file.read_text("utf-8"))
    return SmallSweep(file, content.get("setting", "online"), frozenset(_named(content)))


def _named(content: dict[str, object]) -> Iterator[str]:
    for part in (content, *content.get("sweep", ())):  # type: ignore[misc]
        methods = part.get("method", ())
        yield from [methods] if isinstance(methods, str) else methods


def sweep_of(setting: str, method: str) -> SmallSweep | None:
    """Return the sweep that has runs of a method in a setting; None if there is none."""
    return next((each for each in small_sweeps() if each.setting == setting and method in each.methods), None)


def do_sweeps(terminal: Terminal) -> None:
    """Do the runs of all sweeps that can run, in the folder in which commands are typed."""
    draw_pictures(terminal.folder / "pictures")
    terminal.type("mihash-bench datasets import pictures --name pictures --title Pictures")
    for sweep in filter(lambda each: each.can_run, small_sweeps()):
        shutil.copy(sweep.file, terminal.folder)
        terminal.type(f"mihash-bench run --config {sweep.file.name} -o {sweep.name}")


def method_figure(sweep: SmallSweep, method: str) -> tuple[str, Path]:
    """Draw mAP of a method beside the baseline. Return the command and the SVG file."""
    methods = method if method == _BASELINE or _BASELINE not in sweep.methods else f"{method},{_BASELINE}"
    axis = "examples" if sweep.setting == "online" else "epoch"
    folder = f"figures/{sweep.setting}-{method}"
    return _drawn(f"plot {sweep.name} --method {methods} --x {axis} --y mAP --format svg -o {folder}", folder)


def landing_figure() -> None:
    """Draw the figure of the first page."""
    choice = f"--method {_LANDING} --trigger on --x examples --y mAP"
    _drawn(f"plot online {choice} --format svg -o figures/landing", "figures/landing")


def _drawn(words: str, folder: str) -> tuple[str, Path]:
    """Draw one figure in this process, because a hundred modules are imported only once that way."""
    said = io.StringIO()
    with contextlib.chdir(WORK), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main.main(shlex.split(words))
        except SystemExit as end:
            if end.code:
                raise ExampleError(f"exit code {end.code} after: mihash-bench {words}\n{said.getvalue()}") from None
    # Batch settings have a figure of the objective as well.
    [made] = (WORK / folder).glob("*-mAP-*.svg")
    kept = MADE / "figures" / f"{Path(folder).name}.svg"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(made, kept)
    return f"mihash-bench {words}", kept

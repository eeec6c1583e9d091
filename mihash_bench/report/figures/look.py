"""matplotlib's parameters while figures are drawn: ours, then the user's matplotlibrc, then a style file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import style

from mihash_bench.errors import InputError
from mihash_bench.report.figures.design import Design

RC = {
    "axes.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False, "pdf.fonttype": 42,
    "lines.linewidth": 1.2, "lines.markersize": 4, "lines.markeredgewidth": 0.9, "svg.hashsalt": "mihash-bench",
    "pgf.texsystem": "pdflatex", "pgf.rcfonts": False, "savefig.dpi": 200,
}  # fmt: skip
# Parameters by their part of the size of the type.
FONT_SIZES = {
    "font.size": 1.0, "axes.titlesize": 1.06, "axes.labelsize": 1.0, "xtick.labelsize": 0.94, "ytick.labelsize": 0.94,
    "legend.fontsize": 1.0, "legend.title_fontsize": 0.875,
}  # fmt: skip
# What concerns windows and files of the user, and no figure.
NOT_STYLE = (
    "backend",
    "backend_fallback",
    "interactive",
    "toolbar",
    "timezone",
    "savefig.directory",
    "docstring.hardcopy",
)


@contextmanager
def drawing(design: Design, points: float) -> Iterator[None]:
    """Set the parameters for a size of type, and restore the previous ones afterwards.

    What a program has set in ``matplotlib.rcParams`` does not count, so that the same command gives the same figure.
    """
    sizes = {name: points * part for name, part in FONT_SIZES.items()}
    own = [_users(), {} if design.style is None else _read(design.style)]
    parameters: list[Any] = ["default", {**RC, **sizes}, *own]
    with style.context(parameters):
        yield


def _users() -> dict[str, Any]:
    """Return what the user's matplotlibrc sets; nothing if there is none.

    Lines that matplotlib does not accept are left out with its warning, as in any other program.
    """
    path = Path(matplotlib.matplotlib_fname())
    return {} if path.parent == Path(matplotlib.get_data_path()) else _parameters(path, fail_on_error=False)


def _read(path: Path) -> dict[str, Any]:
    try:
        return _parameters(path, fail_on_error=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"--style: cannot read {path} ({reason})") from None


def _parameters(path: Path, fail_on_error: bool) -> dict[str, Any]:
    given = matplotlib.rc_params_from_file(path, fail_on_error=fail_on_error, use_default_template=False)
    return {name: value for name, value in given.items() if name not in NOT_STYLE}

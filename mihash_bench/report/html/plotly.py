"""The plotting library that the page contains."""

from importlib.util import find_spec

from mihash_bench.errors import InputError

MISSING = "report: it needs plotly, which is not installed (pip install 'mihash-bench[report]')"


def check_plotly() -> None:
    """Raise InputError, which says how to install it, if plotly is missing."""
    if find_spec("plotly") is None:
        raise InputError(MISSING)


def plotly_script() -> str:
    """Return plotly.js, as the Python package plotly ships it. Raises InputError as ``check_plotly`` does."""
    check_plotly()
    # Imported late because plotly is an extra.
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())

"""Benchmarks for online hashing: quality of the codes, number of hash table rebuilds, and cost."""

import warnings
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mihash_bench.api import compare, evaluate, import_dataset, load_encoder, load_results, plot, run, table

# Where no semaphores can be made, as with a read-only /dev/shm, joblib warns at import; ``run`` says what follows.
warnings.filterwarnings("ignore", ".*joblib will operate in serial mode", UserWarning)

__version__ = version("mihash-bench")
__all__ = [
    "__version__", "compare", "evaluate", "import_dataset", "load_encoder", "load_results", "plot", "run", "table",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load the functions only when one is used, so that importing a part of the package stays light."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("mihash_bench.api"), name)


def __dir__() -> list[str]:
    """Return the names that users see."""
    return __all__

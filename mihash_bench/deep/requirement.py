"""Whether the packages of the extra ``deep`` are installed. PyTorch itself is not imported here."""

from importlib.util import find_spec

from mihash_bench.errors import InputError

INSTALL = "pip install 'mihash-bench[deep]'"


def missing(package: str = "torch", title: str = "PyTorch") -> str:
    """Return which package of the extra is missing and how to install it, or "" if it is there."""
    return "" if find_spec(package) else f"{title} is missing ({INSTALL})"


def require(where: str, package: str = "torch", title: str = "PyTorch") -> None:
    """Raise InputError, naming ``where``, if a package of the extra is missing."""
    if said := missing(package, title):
        raise InputError(f"{where}: {said}")

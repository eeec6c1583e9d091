"""Fixtures and functions that tests of several rooms use."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Before NumPy is imported. Several processes test at the same time, and threads of BLAS that wait for a core in each of
# them would take more of it than they compute.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import scipy.io

from mihash_bench import plugins
from mihash_bench.running.forkserver import start_server
from mihash_bench.settings.base import modules_of_runs

GOLDEN = Path(__file__).parent / "golden"


def golden(name: str) -> dict[str, Any]:
    """One golden vector, with scalars as plain numbers."""
    content = scipy.io.loadmat(GOLDEN / name)
    return {
        key: value.item() if getattr(value, "size", 0) == 1 and value.dtype != object else value
        for key, value in content.items()
        if not key.startswith("_")
    }


def golden_names(pattern: str) -> list[str]:
    """The names of the golden vectors of one kind."""
    names = sorted(path.name for path in GOLDEN.glob(pattern))
    assert names, f"no golden vectors {pattern}"
    return names


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that have the most slow tests, so that no core is unused while the last file takes long.

    Processes take whole files in this order, and small files are left for the end.
    """
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


@pytest.fixture(scope="session", autouse=True)
def _no_imported_datasets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the datasets that the user has imported out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _server_for_all_settings(_no_imported_datasets: None) -> None:
    """Fork the runs of all tests from a process that has imported PyTorch, if it is installed.

    The first sweep would otherwise decide what this process imports, and runs of networks import the rest each.
    """
    start_server(modules_of_runs())


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache of prepared datasets for the whole test session."""
    return tmp_path_factory.mktemp("cache")


def forget_plugins() -> None:
    """Forget the plug-ins of this process, as if another one began."""
    for plugin in list(plugins._LOADED.values()):
        plugins._forget(plugin)


@pytest.fixture
def forgotten_plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Plug-ins that a test loads in this process are forgotten after it."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    forget_plugins()

"""Small files of the user."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mihash_bench.own_data.importing import import_data
from mihash_bench.own_data.request import Request
from mihash_bench.own_data.seen import Seen

ROWS, COLUMNS, CLASSES = 60, 4, 3


def features(rows: int = ROWS) -> np.ndarray:
    """Rows of distinguishable clusters, in float32."""
    rng = np.random.default_rng(5)
    centres = rng.standard_normal((CLASSES, COLUMNS))
    return (centres[labels(rows)] + 0.1 * rng.standard_normal((rows, COLUMNS))).astype(np.float32)


def labels(rows: int = ROWS) -> np.ndarray:
    """One label for each row."""
    return np.arange(rows) % CLASSES


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for imported datasets that is empty at the start of the test."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "mihash-bench" / "imported"


def imported(given: Any = None, **changes: Any) -> Seen:
    """Import a small dataset, mostly of arrays."""
    usual = {"labels": labels(), "name": "mine"} if given is None else {"name": "mine"}
    return import_data(Request(features=features() if given is None else given, **{**usual, **changes}))

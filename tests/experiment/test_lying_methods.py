"""Whole sweeps of installed methods that break the contract of a snapshot: each run is recorded as failed."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mihash_bench.store.run_file import read_run
from tests.plugins import install

ENCODERS = """
import numpy as np
from mihash_bench.encoders import LinearCodes

class Wide(LinearCodes):
    n_bits = 8
    def encode(self, X):
        return np.hstack([super().encode(X)] * 2)[:, :16]

class Numbers(LinearCodes):
    def encode(self, X):
        return super().encode(X).astype(np.float64)

class Short(LinearCodes):
    def encode(self, X):
        return super().encode(X)[:-1]

class Objects(LinearCodes):
    def arrays(self):
        return {"W": self.W.astype(object)}

def snapshot(name, W):
    if name == "longer":
        return LinearCodes(np.hstack([W, W]))
    if name == "shared":
        return LinearCodes(W)
    kind = {"wide": Wide, "numbers": Numbers, "short": Short, "objects": Objects, "honest": LinearCodes}[name]
    return kind(W.copy())
"""

ONLINE = f"""{ENCODERS}
from mihash_bench.methods.base import OnlineHasher

class Mine(OnlineHasher):
    title, citation = "Titled", "none"
    def __init__(self, n_bits=32, *, random_state=None):
        self.n_bits, self.random_state = n_bits, random_state
    def _step(self, X, y, *, neighbors, reservoir):
        self.W_ += 0.01 * self.random_.standard_normal(self.W_.shape)
    def snapshot(self):
        return snapshot(self.name, self.W_)
"""

BATCH = f"""{ENCODERS}
from mihash_bench.batch.base import BatchHasher

class Mine(BatchHasher):
    title, citation, n_epochs = "Titled", "none", 3
    def __init__(self, n_bits=32, *, random_state=None):
        self.n_bits, self.random_state = n_bits, random_state
    def _learn(self, X, y):
        self.W_ = self.random_.standard_normal((X.shape[1], self.n_bits))
        yield 0
        for epoch in range(1, 4):
            self.W_ += 0.1 * self.random_.standard_normal(self.W_.shape)
            yield epoch
    def objective(self):
        return 0.0
    def snapshot(self):
        return snapshot(self.name, self.W_)
"""

REASONS = {
    "honest": "",
    "longer": "longer: its snapshot has n_bits 16 (allowed: 8, as in --bits)",
    "wide": "wide: its codes are bool of shape (16, 16) (allowed: bool of shape (16, 8))",
    "numbers": "numbers: its codes are float64 of shape (16, 8) (allowed: bool of shape (16, 8))",
    "short": "short: its codes are bool of shape (15, 8) (allowed: bool of shape (16, 8))",
    "objects": "objects: array W of its snapshot is object (allowed: arrays of numbers)",
    "shared": "shared: its snapshot changed after it was taken (allowed: frozen arrays)",
}


@pytest.mark.parametrize(("setting", "group", "code"), [("online", "methods", ONLINE), ("batch-1", "batch", BATCH)])
def test_a_method_whose_snapshots_lie_is_a_failed_run_that_says_why(
    tmp_path: Path, cache_dir: Path, setting: str, group: str, code: str
) -> None:
    classes = "".join(f"\nclass {name.capitalize()}Method(Mine):\n    name = {name!r}\n" for name in REASONS)
    points: Any = {group: {name: f"{name.capitalize()}Method" for name in REASONS}}
    (tmp_path / "plugin").mkdir()
    install(tmp_path / "plugin", "lying", code + classes, **points)
    arguments = ["--setting", setting, "--method", ",".join(REASONS), "--bits", "8", "--trials", "1"]
    arguments += ["--checkpoints", "3", "-o", str(tmp_path / "results"), "--cache-dir", str(cache_dir), "-j", "2"]
    arguments += ["--examples", "400", "--trigger", "on"] if setting == "online" else []
    done = subprocess.run(
        [sys.executable, "-m", "mihash_bench.cli", "run", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "plugin")},
        timeout=240,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    records = [read_run(path).attributes for path in (tmp_path / "results").rglob("*.h5")]
    assert len(records) == len(REASONS)
    for about in records:
        name = about["method"]
        assert (name, about["status"]) == (name, "done" if name == "honest" else "failed"), about["reason"]
        assert about["reason"] == REASONS[name]
        assert about["traceback"] == ""

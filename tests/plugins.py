"""Packages with plug-ins in the form in which Python finds installed ones: modules and entry points."""

from pathlib import Path


def install(folder: Path, name: str, code: str, **groups: dict[str, str]) -> Path:
    """Write module ``name`` with its entry points into a folder that can be put on PYTHONPATH.

    groups: entry points by group, such as ``methods={"mine": "Mine"}`` for the group ``mihash_bench.methods``.
    """
    (folder / f"{name}.py").write_text(code)
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "top_level.txt").write_text(f"{name}\n")
    lines = []
    for group, points in groups.items():
        lines.append(f"[mihash_bench.{group}]")
        lines += [f"{point} = {name}:{target}" for point, target in points.items()]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder


# A method whose codes depend on BIAS, in one file.
METHOD = """
from mihash_bench.methods.lsh import LSH

BIAS = 1

class Mine(LSH):
    name = "mine"
    title = "My method"

    def _step(self, X, y, *, neighbors, reservoir):
        self.W_ = self.W_ + BIAS * X.T
"""

BATCH_METHOD = """
from mihash_bench.batch.sdh import SDH

class MyBatch(SDH):
    name = "my-batch"
    title = "My batch method"
"""

DATASET = """
from mihash_bench.datasets.synthetic import Synthetic

class MyData(Synthetic):
    name = "my-data"
    title = "My data"
    examples = 200

    def __init__(self, *, n=600, d=8, classes=3, difficulty=1.0, data_seed=0):
        super().__init__(n=n, d=d, classes=classes, difficulty=difficulty, data_seed=data_seed)
"""

METRIC = """
from dataclasses import dataclass
from mihash_bench.metrics.base import Metric

FACTOR = 1.0

@dataclass(frozen=True)
class NearestShare(Metric):
    name = "nearest-share"
    title = "Share of relevant items at the smallest distance"
    higher_is_better = True
    forms = ("nearest",)

    @classmethod
    def parse(cls, text):
        return cls() if text == "nearest" else None

    def __str__(self):
        return "nearest"

    def per_query(self, counts, ranks):
        rows, first = range(len(counts.items)), (counts.items > 0).argmax(axis=1)
        return FACTOR * counts.hits[rows, first] / counts.items[rows, first]
"""

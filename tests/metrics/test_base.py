import subprocess
import sys
from dataclasses import FrozenInstanceError, is_dataclass

import numpy as np
import pytest

from mihash_bench.codes import pack
from mihash_bench.errors import InputError
from mihash_bench.evaluation import GivenRelevance, evaluate
from mihash_bench.metrics.average_precision import AveragePrecision
from mihash_bench.metrics.base import Metric, parse_metric, parse_metrics
from mihash_bench.metrics.precision_at_k import PrecisionAtK
from mihash_bench.registry import METRICS
from mihash_bench.report.data.statistics import metric_columns
from mihash_bench.report.tables.caption import ties_of
from mihash_bench.store.results import load_results
from tests.cli.calling import Elsewhere, call
from tests.metrics.cases import random_case

PLUG_IN = """
import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mihash_bench.metrics.base import Metric


@dataclass(frozen=True)
class FoundAtK(Metric):
    name: ClassVar[str] = "found-at-k"
    title: ClassVar[str] = "Found at k"
    higher_is_better: ClassVar[bool] = True
    forms: ClassVar[tuple[str, ...]] = ("found@100",)

    cutoff: int

    @classmethod
    def parse(cls, text):
        match = re.fullmatch(r"found@([0-9]+)", text)
        return cls(int(match[1])) if match else None

    def __str__(self):
        return f"found@{self.cutoff}"

    def cutoffs(self, n_items):
        return (self.cutoff,)

    def per_query(self, counts, ranks):
        return ranks.found_at(self.cutoff) / np.maximum(counts.relevant, 1)

    @property
    def ties_note(self):
        return "ties index"
"""


@pytest.fixture
def plug_in(tmp_path):
    """A package with a metric family, as pip would install it."""
    folder = tmp_path / "site"
    about = folder / "found_metric-1.0.dist-info"
    about.mkdir(parents=True)
    (folder / "found_metric.py").write_text(PLUG_IN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: found-metric\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[mihash_bench.metrics]\nfound-at-k = found_metric:FoundAtK\n")
    return folder


class Point:
    """An entry point of a class that is here already; notes whether it was loaded."""

    def __init__(self, loaded):
        self.loaded, self.asked = loaded, False

    def load(self):
        self.asked = True
        return self.loaded


@pytest.fixture
def found_family(monkeypatch):
    """The plug-in's class, added to the registry of this process."""
    names = {}
    exec(PLUG_IN, names)
    monkeypatch.setitem(vars(METRICS), "_installed", {"found-at-k": Point(names["FoundAtK"])})
    return names["FoundAtK"]


@pytest.mark.parametrize(
    "text",
    ["mAP", "mAP[ties=index]", "mAP@1000", "mAP@1000[ties=expected]", "P@100", "P@100[ties=index]", "P@r2", "P@r0"],
)
def test_specs_print_as_they_were_written(text):
    assert str(parse_metric(text)) == text


def test_the_registry_has_the_families_by_name_and_no_internal_module():
    assert {"average-precision", "precision-at-k", "precision-in-ball"} <= set(METRICS.names())
    assert not [name for name in METRICS.names() if name == "base" or name.startswith(("-", "_"))]
    assert [family.name for family in METRICS.classes()] == METRICS.names()


@pytest.mark.parametrize("name", METRICS.names())
def test_each_family_describes_itself_and_reads_its_own_examples(name):
    family = METRICS.get(name)
    assert issubclass(family, Metric)
    assert is_dataclass(family)
    assert isinstance(family.higher_is_better, bool)
    assert family.title[0].isupper()
    for form in family.forms:
        metric = parse_metric(form)
        assert type(metric) is family
        assert str(metric) == form
        with pytest.raises(FrozenInstanceError):
            metric.cutoff = 5


def test_no_family_reads_the_examples_of_another():
    families = list(METRICS.classes())
    for family in families:
        others = [form for other in families if other is not family for form in other.forms]
        assert [family.parse(form) for form in others] == [None] * len(others)


def test_a_metric_named_twice_counts_once():
    assert parse_metrics("mAP,P@r2, mAP[ties=expected]") == (parse_metric("mAP"), parse_metric("P@r2"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("map", "did you mean 'mAP'"),
        ("mAP@0", "allowed: 1 or more"),
        ("P@0", "allowed: 1 or more"),
        ("mAP@r2", "unknown"),
        ("P", "unknown"),
        ("mAP[ties=best]", "expected, index"),
        ("P@5[ties=best]", "expected, index"),
        ("P@r2[ties=index]", "allowed: P@r2"),
        ("precision at ten", "mAP, mAP[ties=index], mAP@1000"),
        ("", "no metric"),
        ("mAP,,P@5", "has an empty entry"),
    ],
)
def test_an_invalid_metric_is_refused_with_the_allowed_forms(text, said):
    with pytest.raises(InputError, match="--metric") as caught:
        parse_metrics(text)
    assert said in str(caught.value)


def test_a_family_of_another_package_is_parsed_measured_and_explained(found_family):
    table, queries, near = random_case(3)
    near[:, 0] = True
    found_at_7, precision = parse_metrics("found@7,P@7[ties=index]")
    assert found_at_7 == found_family(7)
    evaluation = evaluate(pack(table), pack(queries), GivenRelevance(near), [found_at_7, precision], table.shape[1])
    hits = 7 * evaluation.per_query[precision]
    np.testing.assert_allclose(evaluation.per_query[found_at_7], hits / near.sum(axis=1))
    assert ties_of("found@7") == " (ties index)"


def test_a_misspelled_spec_is_compared_with_the_forms_of_other_packages(found_family):
    with pytest.raises(InputError, match=r"did you mean 'found@100'\?.* P@r2, .*found@100\)"):
        parse_metric("Found@100")


def test_a_built_in_family_wins_over_one_of_another_package(monkeypatch):
    class Greedy(PrecisionAtK):
        name = "aaa"

        @classmethod
        def parse(cls, text):
            return cls(1)

    point = Point(Greedy)
    monkeypatch.setitem(vars(METRICS), "_installed", {"aaa": point, "average-precision": Point(Greedy)})
    assert type(parse_metric("mAP@5")) is AveragePrecision
    assert type(parse_metric("P@5")) is PrecisionAtK
    # The code of another package is not run unless it is needed.
    assert not point.asked
    assert type(parse_metric("something else")) is Greedy


def test_captions_do_without_a_family_that_is_no_longer_installed():
    assert ties_of("found@7") == ""


def test_a_run_measures_an_installed_family(plug_in, tmp_path, cache_dir):
    small = ["--method", "lsh", "--bits", "8", "--trials", "1", "--trigger", "on"]
    short = ["--examples", "200", "--checkpoints", "2", "--metric", "mAP,found@50,found@10000"]
    folders = ["-o", str(tmp_path / "results"), "--cache-dir", str(cache_dir)]
    elsewhere = Elsewhere(plug_in)
    done = elsewhere.call("run", *small, *short, *folders)
    assert done.exit_code == 0, done.stderr
    frame = load_results(tmp_path / "results").frame
    assert metric_columns(frame) == ["mAP", "found@50", "found@10000"]
    # The sample's database has 10,000 rows.
    assert frame["found@10000"].tolist() == [1, 1]
    assert ((frame["found@50"] > 0) & (frame["found@50"] < 0.1)).all()
    table = ["table", tmp_path / "results", "--metric", "found@50"]
    assert "found@50 (ties index)" in elsewhere.call(*table).stdout
    elsewhere.close()
    # A table of kept results does not need the family.
    assert "found@50 at the end" in call(*table).stdout


def test_reading_a_spec_loads_nothing_heavy():
    code = (
        "import sys; from mihash_bench.metrics.base import parse_metrics; parse_metrics('mAP,P@5,P@r2');"
        "print(*{'scipy', 'numba', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""

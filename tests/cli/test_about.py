"""``methods``, ``metrics``, ``datasets info`` and ``export --bibtex``: what the tool says about what it contains."""

import math
import re

import pytest

from mihash_bench.plugins import _LOADED, _forget
from mihash_bench.registry import BATCH_METHODS, DATASETS, DEEP_METHODS, METHODS, METRICS
from tests.datasets.cifar10_batches import form_named, write_batches

from .calling import call

OWN = '''
from dataclasses import dataclass

from mihash_bench.methods.base import OnlineHasher
from mihash_bench.parameters import Real
from mihash_bench.metrics.base import Metric


class Nudge(OnlineHasher):
    """Moves with a \\x1b[31mred\\x1b[0m gradient.

    Parameters
    ----------
    step_size : how far it moves.
    """

    name, title = "nudge", "Nudge"
    citation = "@misc{nudge2026,\\n  title = {A \\x1b[2J nudge},\\n}"
    constraints = {"step_size": Real(0), "silent": Real(0)}

    def __init__(self, n_bits=32, *, step_size=0.5, silent=1.0, random_state=None):
        self.n_bits, self.step_size, self.silent, self.random_state = n_bits, step_size, silent, random_state

    def _step(self, X, y, *, neighbors, reservoir):
        self.W_ += self.step_size * X.T


@dataclass(frozen=True)
class Reach(Metric):
    name, title, higher_is_better, forms = "reach", "Reach", False, ("reach",)
    citation = "nobody1900"

    @classmethod
    def parse(cls, text):
        return cls() if text == "reach" else None

    def __str__(self):
        return "reach"

    def per_query(self, counts, ranks):
        return counts.relevant * 1.0
'''


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(OWN)
    yield path
    for plugin in [plugin for plugin in _LOADED.values() if plugin.spec == str(path)]:
        _forget(plugin)


@pytest.mark.parametrize("verb", [("methods",), ("methods", "list")])
def test_methods_lists_all_methods_of_all_kinds(verb):
    lines = call(*verb).output.splitlines()
    assert len(lines) == sum(len(registry.names()) for registry in (METHODS, BATCH_METHODS, DEEP_METHODS))
    assert "mihash: MIHash (online method)" in lines
    assert "mihash: MIHash (batch method)" in lines
    assert "mihash: MIHash (end-to-end method)" in lines


def test_a_method_is_shown_with_formula_parameters_cost_and_bibtex():
    shown = call("methods", "show", "okh")
    assert shown.exit_code == 0
    for part in (
        "OKH (okh): online method",
        "W <- W + min(C, l / |T|_F^2) T",
        "  --set okh.alpha=0.2  (allowed: a number of at least 0 and at most 1)\n      share of the bits",
        "Learns from: 2 examples a step",
        "mihash-bench run --setting online --method okh",
        "time: O(m d + m b) a pair, with m anchors",
        "memory: O(m d)",
        "@inproceedings{huang2013okh,",
        "@article{huang2018online,",
    ):
        assert part in shown.output
    assert "----" not in shown.output


def test_an_online_and_a_batch_method_of_one_name_are_both_shown():
    shown = call("methods", "show", "mihash").output
    assert shown.index("MIHash (mihash): online method") < shown.index("MIHash (mihash): batch method")
    assert "--set mihash.decay=0.0" in shown
    assert "--set mihash.epochs=100" in shown


def interval_of(name):
    """The update interval of a run of a method: the default one, or what its steps need."""
    return str(math.lcm(100, METHODS.get(name)().examples_per_step))


@pytest.mark.parametrize("name", sorted({*METHODS.names(), *BATCH_METHODS.names()}))
def test_every_parameter_is_shown_as_set_takes_it(name, tmp_path):
    shown = call("methods", "show", name).output
    for part in shown.split("\n\n\n"):
        settings = re.findall(r"^  --set (\S+)", part, re.MULTILINE)
        setting = ["--setting", "batch-1"] if "batch method" in part else ["--update-interval", interval_of(name)]
        if "end-to-end method" in part:
            pytest.importorskip("torch", reason="needs the extra deep")
            # A batch must not be larger than the training images, which are few here.
            settings = [re.sub(r"(batch_size|n_samples)=\d+", r"\1=4", setting) for setting in settings]
            images = write_batches(tmp_path / "images", form_named("binary"))
            few = ["--queries", "2", "--held-out", "2", "--backbone", "small", "--pixels", "32"]
            setting = ["--setting", "batch-2", *few, "--data-dir", images, "--cache-dir", tmp_path / "cache"]
        given = [word for setting in settings for word in ("--set", setting)]
        done = call("run", *setting, "--method", name, *given, "--trials", "1", "--dry-run", "-o", tmp_path)
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize("verb", [("metrics",), ("metrics", "list")])
def test_metrics_lists_all_families(verb):
    lines = call(*verb).output.splitlines()
    assert len(lines) == len(METRICS.names())
    assert "precision-in-ball: Precision within a Hamming radius (P@r2)" in lines


@pytest.mark.parametrize("name", ["average-precision", "mAP", "mAP@17"])
def test_a_metric_is_shown_by_family_or_spec(name):
    shown = call("metrics", "show", name).output
    for part in (
        "  mAP: ties expected: mean over all orders of ties",
        "  mAP@1000: ties index: in database order",
        "Bounds: from 0 to 1; larger is better",
        "cutoff: the number N of ranks",
        "@inproceedings{mcsherry2008computing,",
    ):
        assert part in shown
    assert "P@r2: their order does not matter" in call("metrics", "show", "P@r2").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("methods", "show", "mihsh"), "NAME: 'mihsh' is unknown; did you mean 'mihash'?"),
        (("methods", "show", "x"), "one of your own is given with --plugin FILE.py"),
        (("metrics", "show", "mAp"), "NAME: 'mAp' is unknown; did you mean 'mAP'?"),
        (("metrics", "show", "P@0"), "NAME: 'P@0': the number of ranks is 0"),
        (("methods", "--plugin", "absent.py"), "--plugin: absent.py: there is no such file"),
    ],
)
def test_an_unknown_name_is_one_line_with_what_is_allowed(words, said):
    done = call(*words)
    assert done.exit_code == 2
    assert said in done.output
    assert done.output.count("\n") == 1


def test_a_dataset_is_described_with_meanings_and_bibtex():
    shown = call("datasets", "info", "synthetic").output
    assert "--set synthetic.difficulty=1.0  (allowed: a number of at least 0)\n      spread within clusters" in shown
    assert "Stream: 5000 examples" in shown
    assert "@techreport{krizhevsky2009learning," in call("datasets", "info", "cifar10").output
    assert all("BibTeX\n@" in call("datasets", "info", name).output for name in DATASETS.names())


def test_classes_of_plugins_are_listed_and_shown_without_control_characters(own):
    assert "nudge: Nudge (online method)" in call("methods", "--plugin", own).output
    assert "nudge: Nudge (online method)" in call("methods", "list", "--plugin", own).output
    shown = call("methods", "show", "nudge", "--plugin", own).output
    assert r"\x1b[31mred" in shown
    assert r"title = {A \x1b[2J nudge}," in shown
    assert "\x1b" not in shown
    assert "how far it moves." in shown
    assert "mihash-bench run --plugin FILE.py --setting online --method nudge" in shown
    assert "--set nudge.silent=1.0  (allowed: a number of at least 0)\n      The docstring does not say" in shown
    assert "the class does not state it" in shown


def test_a_metric_of_a_plugin_may_lack_everything_but_its_name(own):
    shown = call("metrics", "show", "reach", "--plugin", own).output
    assert "Bounds: none; smaller is better" in shown
    assert "BibTeX: none\nNo BibTeX is known for nobody1900" in shown


SWEEP = ("--trials", "1", "--bits", "8", "--examples", "200", "--checkpoints", "2", "--trigger", "on")


def test_export_prints_the_bibtex_of_everything_that_was_run(own, tmp_path, cache_dir):
    run = ("run", *SWEEP, "-o", tmp_path / "r", "--cache-dir", cache_dir, "--metric", "mAP,P@r2")
    done = call(*run, "--plugin", own, "--method", "lsh,nudge")
    assert done.exit_code == 0, done.output
    said = call("export", tmp_path / "r", "--bibtex", "--plugin", own)
    assert said.exit_code == 0
    keys = ["charikar2002similarity", "howard2017mobilenets", "krizhevsky2009learning", "liu2012ksh"]
    keys += ["manning2008introduction", "mcsherry2008computing", "nudge2026"]
    assert re.findall(r"^@\w+\{(\w+),", said.stdout, re.MULTILINE) == keys
    assert "\x1b" not in said.stdout
    assert said.stderr == "standard output: 7 entries\n"
    call("export", tmp_path / "r", "--bibtex", "--plugin", own, "-o", tmp_path / "all.bib")
    assert (tmp_path / "all.bib").read_text() == said.stdout


def test_export_names_what_has_no_bibtex(own, tmp_path, cache_dir):
    call("run", *SWEEP, "-o", tmp_path / "r", "--cache-dir", cache_dir, "--plugin", own, "--method", "nudge")
    _forget(_LOADED[str(own)])
    said = call("export", tmp_path / "r", "--bibtex")
    assert said.exit_code == 0
    assert "no BibTeX: method nudge of online: it is not known here (--plugin names" in said.stderr
    assert "krizhevsky2009learning" in said.stdout


def test_export_needs_a_file_unless_it_prints_bibtex(tmp_path):
    done = call("export", tmp_path)
    assert done.exit_code == 2
    assert "-o: it is missing" in done.output
    none = call("export", tmp_path, "--bibtex")
    assert none.exit_code == 2
    assert "has no run" in none.output

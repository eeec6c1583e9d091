"""Scripts that draw a figure without this package."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.image import imread

from mihash_bench.errors import InputError
from mihash_bench.report.data.choice import Choice
from mihash_bench.report.figures.design import Design, Size
from mihash_bench.report.write import write_report, write_script

from ..frames import batch_run, failed, joined, run

# Runs a script in a process that cannot import this package.
ALONE = (
    "import runpy, sys; sys.modules['mihash_bench'] = None; runpy.run_path(sys.argv[1], run_name='__main__'); "
    "sys.exit([name for name in sys.modules if name.startswith('mihash_bench.')] or 0)"
)


def run_alone(script):
    done = subprocess.run([sys.executable, "-c", ALONE, str(script)], capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    return imread(script.with_suffix(".png"))


def several():
    """Two methods, one with a variant, both triggers, two trials, three code lengths, and one without a run."""
    x = range(0, 2000, 100)
    every = [
        run(method, trial, on, np.linspace(0.1, value + trial / 20, 20), x, bits=bits, variant=variant)
        for method, value, variant in (("mihash", 0.5, ""), ("mihash", 0.4, "a_b=1"), ("osh", 0.3, ""))
        for trial in range(2) for on in ("on", "off") for bits in (8, 16, 32)
    ]  # fmt: skip
    never = [run("lsh", trial, "off", (0.2,), (0,), bits=8) for trial in range(2)]
    return joined(*every, *never, failed(bits=64))


FIGURES = {
    "examples": (several, "examples", "mAP", {"layout": (1, 3), "size": Size(7, 2.5)}),
    "logarithmic": (several, "bit_recomputations", "mAP", {"xscale": "log", "ylim": (0, 0.9)}),
    "bits": (several, "bits", "mAP", {"legend": "inside"}),
    "cost": (several, "examples", "bit_recomputations", {"legend": "none", "layout": (2, 2)}),
    "missing": (lambda: joined(run(), run(bits=8, dataset="other")), "examples", "mAP", {}),
    "objective": (lambda: joined(batch_run(), batch_run("shk")), "epoch", "objective", {}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_script_draws_the_same_pixels_as_the_figure_without_this_package(name, tmp_path):
    make, x, y, wishes = FIGURES[name]
    choice = Choice({"method": ("osh", "mihash", "lsh")}, {"mihash": 'O\'urs "$1"'}) if make is several else Choice()
    style = tmp_path / "mine.mplstyle"
    style.write_text("lines.linewidth: 2\naxes.prop_cycle: cycler(color=['r', 'g'])\n")
    design, rows = Design(formats=("png",), style=style, **wishes), choice.ordered(make())
    write_report(rows, tmp_path / "ours", [x], [y], tmp_path, choice=choice, design=design)
    [figure] = (tmp_path / "ours").glob(f"curve-*{y}*.png")
    script, data = write_script(rows, tmp_path / "alone" / "fig.py", [x], [y], choice=choice, design=design)
    style.unlink()
    assert data.name == "fig.csv"
    np.testing.assert_array_equal(run_alone(script), imread(figure))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_a_script_writes_the_same_pgf_as_the_figure(tmp_path):
    choice, design = Choice(labels={"mihash": "O_urs $1 & 50 % [a]"}), Design(formats=("png", "pgf"))
    rows = joined(run(), run("osh"))
    _, figure = write_report(rows, tmp_path / "ours", ["examples"], ["mAP"], tmp_path, choice=choice, design=design)[:2]
    script, _ = write_script(rows, tmp_path / "fig.py", ["examples"], ["mAP"], choice=choice, design=design)
    run_alone(script)
    assert figure.suffix == ".pgf"
    assert script.with_suffix(".pgf").read_text() == figure.read_text()


def test_the_numbers_come_from_the_csv(tmp_path):
    script, data = write_script(several(), tmp_path / "fig.py", ["bits"], ["mAP"], design=Design(formats=("png",)))
    before = run_alone(script)
    lines = data.read_text().splitlines()
    assert lines[0] == "panel,title,look,method,variant,trigger,trials,x,mean,sd"
    data.write_text("\n".join(line for line in lines if ",osh," not in line))
    assert (run_alone(script) != before).any()


def test_a_script_with_hostile_names_runs_nothing_else(tmp_path):
    hostile = "\"\"\"+str(1/0)+'''\\N{x} =cmd|\n{name}"
    rows = joined(run(method_title=hostile, dataset_title=hostile), run("osh", variant=hostile))
    script, _ = write_script(rows, tmp_path / 'a "b".py', ["examples"], ["mAP"], design=Design(formats=("png",)))
    run_alone(script)


@pytest.mark.parametrize(
    ("name", "xs", "message"),
    [
        ("fig.txt", ["examples"], r"--script: .*fig.txt \(allowed: a name that ends in .py\)"),
        ("fig.py", None, r"--script: 4 figures, curve-mAP-examples, .*\(allowed: one, by --setting, --x and --y\)"),
    ],
)
def test_a_script_is_of_one_figure(tmp_path, name, xs, message):
    with pytest.raises(InputError, match=message):
        write_script(several(), tmp_path / name, xs, ["mAP"])

"""A two-column document with every kind of table and figure, set by a real LaTeX."""

import re
import shutil
import subprocess

import pytest

from mihash_bench.report.data.choice import Choice
from mihash_bench.report.data.published import beside
from mihash_bench.report.data.summary import summary_of
from mihash_bench.report.figures.curves import plot_curves
from mihash_bench.report.figures.design import Design
from mihash_bench.report.render import render
from mihash_bench.report.tables.arrangement import Arrangement
from mihash_bench.report.tables.layouts import LAYOUTS

from .frames import batch_run, joined, run

HOSTILE = "[A_b & 100% {x} #1 $ ~^\\ a<b>c|d"
WISHES = [
    Arrangement(),
    *(Arrangement(layout, ("mAP", "AUC", "P@5", "updates"), siunitx=siunitx, second=True)
      for layout in LAYOUTS for siunitx in (False, True)),
    Arrangement("method-by-bits", ("mAP",), caption=HOSTILE),
]  # fmt: skip
PACKAGES = r"\usepackage{booktabs,siunitx,graphicx,pgf}"


def has_latex():
    if shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None:
        return False
    found = subprocess.run(["kpsewhich", "IEEEtran.cls", "siunitx.sty", "booktabs.sty", "pgf.sty"], capture_output=True)
    return len(found.stdout.split()) == 4


@pytest.fixture(scope="module")
def latex():
    if not has_latex():
        pytest.skip("pdflatex with IEEEtran, booktabs, siunitx and pgf is not installed (see .ci/run)")


def runs():
    """Two methods, one with two variants, at three code lengths, and one with values that differ by orders."""
    every = [
        run(method, trial, on, (0.1, 0.2, value + trial / 50), bits=bits, variant=variant)
        for method, value, variant in (("mihash", 0.5, ""), ("mihash", 0.45, "a_b=1"), ("osh", 0.3, ""))
        for trial in range(2) for on in ("on", "off") for bits in (8, 16, 128)
    ]  # fmt: skip
    return joined(*every).assign(**{"P@5": 0.25})


def build(folder, body):
    """Set a document and return its log."""
    text = "\n".join([r"\documentclass[journal]{IEEEtran}", PACKAGES, r"\begin{document}", *body, r"\end{document}"])
    (folder / "paper.tex").write_text(text)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120)
    log = (folder / "paper.log").read_text(errors="replace")
    assert done.returncode == 0, log[-3000:]
    return log


@pytest.mark.slow
def test_every_table_and_figure_with_hostile_labels_compiles(latex, tmp_path):
    choice = Choice({"method": ("osh", "mihash")}, {"mihash": HOSTILE, "sample": HOSTILE})
    summary = choice.named(choice.ordered(summary_of(runs(), ["mAP", "P@5"])))
    batch = beside(summary_of(batch_run("sdh", method_title="SDH"), ["mAP"]))
    tables = [render(summary, "latex", wishes=wishes) for wishes in WISHES]
    tables.append(render(Choice(labels={"sdh": HOSTILE}).named(batch), "latex"))
    design, rows = Design(formats=("pdf", "pgf")), choice.named(runs())
    figures = [
        path
        for x in ("examples", "bits")
        for path in plot_curves(rows, x, "mAP", tmp_path / f"curve-{x}", choice=choice, design=design)
    ]
    included = [
        rf"\input{{{path.name}}}" if path.suffix == ".pgf" else rf"\includegraphics{{{path.name}}}" for path in figures
    ]
    log = build(tmp_path, [*tables, *(rf"\begin{{figure*}}{each}\end{{figure*}}" for each in included)])
    assert "Undefined control sequence" not in log


@pytest.mark.slow
def test_a_table_that_claims_to_fit_a_column_does_fit(latex, tmp_path):
    rows = runs().assign(method_title=lambda frame: frame["method"].map({"mihash": "SketchHash", "osh": "AdaptHash"}))
    summary = summary_of(rows[rows["variant"] == ""], ["mAP"])
    wishes = [Arrangement(), Arrangement("method-by-bits", ("mAP",)), Arrangement(columns=("mAP", "updates"))]
    tables = [render(summary, "latex", wishes=each) for each in wishes]
    measured = [
        re.sub(r"\\begin\{tabular\}(.*?)\\end\{tabular\}",
               lambda found: rf"\setbox0=\hbox{{{found[0]}}}\typeout{{WIDTH \the\wd0}}\box0", text, flags=re.DOTALL)
        for text in tables
    ]  # fmt: skip
    log = build(tmp_path, measured)
    widths = [float(width) for width in re.findall(r"WIDTH ([\d.]+)pt", log)]
    claimed = [float(re.search(r"about (\d+) pt wide", text)[1]) for text in tables]
    assert len(widths) == len(tables)
    for text, width, claim in zip(tables, widths, claimed, strict=True):
        assert r"\begin{table}" in text
        assert width <= 252
        assert width == pytest.approx(claim, rel=0.12)

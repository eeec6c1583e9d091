"""``reproduce-paper`` in process, on a paper of two methods and short streams."""

import shutil

import numpy as np
import pytest
import scipy.io
from click.testing import CliRunner

from mihash_bench.cli.main import main
from mihash_bench.datasets.base import StandIn
from mihash_bench.datasets.places205 import Places205
from mihash_bench.report.figures.design import USUAL
from mihash_bench.report.paper import write
from mihash_bench.studies import paper

from ..datasets.conftest import cifar10_content

SHORT = {"examples": 200, "checkpoints": 3, "trials": 1, "method": "lsh,osh", "bits": 8}
SHORT_BATCH = {"method": "sdh", "bits": 8, "trials": 1, "checkpoints": 2, "set": "sdh.n_anchors=300"}
FIGURES = ("trigger-cifar10", "trigger-seconds", "online", "cost", "batch-setting1", "batch-setting1-objective")
FILES = {
    *(f"fig-{name}.{end}" for name in FIGURES for end in ("pdf", "png", "csv")),
    "table-updates.tex", "table-online.tex", "table-batch-setting1.tex",
    *(f"fig-{name}.provenance.json" for name in FIGURES),
    *(f"table-{name}.provenance.json" for name in ("updates", "online", "batch-setting1")),
    "report.html", *(["paper.pdf"] if shutil.which("pdflatex") else []),
}  # fmt: skip


@pytest.fixture
def reproduce(tmp_path, cache_dir, monkeypatch):
    monkeypatch.setattr(paper, "QUICK", SHORT)
    monkeypatch.setattr(paper, "QUICK_BATCH", SHORT_BATCH)
    few_rows = StandIn("synthetic", "2,000 rows of synthetic clusters", set=("synthetic.n=2000",))
    monkeypatch.setattr(Places205, "stand_in", few_rows)

    def call(data_dir, *more):
        where = ["--data-dir", str(data_dir), "--cache-dir", str(cache_dir), "-o", str(tmp_path / "results")]
        return CliRunner().invoke(main, ["reproduce-paper", "--quick", *where, *more])

    return call


@pytest.fixture
def empty(tmp_path):
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


def copies_of(folder):
    """A function that copies the figures of a folder instead of drawing them again."""

    def draw(grid, path_stem, note="", facts=None, design=USUAL):
        paths = [path_stem.with_name(f"{path_stem.name}.{ending}") for ending in design.formats]
        for path in paths:
            there = folder / path.name
            path.write_bytes(there.read_bytes() if there.exists() else b"<svg/>")
        return paths

    return draw


@pytest.mark.slow
def test_missing_files_are_named_with_their_source_and_replaced_by_stand_ins(reproduce, tmp_path, empty, monkeypatch):
    done = reproduce(empty)
    assert done.exit_code == 0, done.output
    assert "LabelMe_GIST.mat is not in" in done.output
    assert "STAND-IN for labelme: the embedded sample without its labels." in done.output
    # LSH and two variants of OSH on three datasets and, on CIFAR-10, both triggers; SDH.
    assert "13 to do" in done.output
    folder = tmp_path / "results" / "paper"
    assert {path.name for path in folder.iterdir() if path.is_file()} == FILES
    online = (folder / "table-online.tex").read_text()
    assert "STAND-IN for LabelMe: the embedded sample without its labels; here with streams of 200 examples." in online
    assert "QUICK: streams of 200 examples, 3 checkpoints." in online
    assert "OSH & $" in online
    assert "OSH (boosting=off) & $" in online
    monkeypatch.setattr(write, "draw_figure", copies_of(shutil.copytree(folder, tmp_path / "drawn")))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.h5")}
    (folder / "fig-cost.png").unlink()
    again = reproduce(empty)
    assert "All runs (13) are already in" in again.output
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.h5")} == before
    assert {path.name for path in folder.iterdir() if path.is_file()} == FILES


@pytest.mark.slow
def test_a_file_that_differs_from_the_authors_is_noted_and_published_figures_are_shown(
    reproduce, tmp_path, monkeypatch
):
    # Other tests draw the figures and write the report.
    monkeypatch.setattr(write, "write_figures", lambda *given: [])
    monkeypatch.setattr(write, "_report", lambda *given: [])
    content = cifar10_content(rows=30_000, d=6)
    content["trainLabels"] = content["testLabels"] = (np.arange(30_000) % 10)[:, None]
    scipy.io.savemat(tmp_path / "CIFAR10_VGG16_fc7.mat", content)
    done = reproduce(tmp_path)
    assert done.exit_code == 0, done.output
    text = (tmp_path / "results" / "paper" / "table-online.tex").read_text()
    assert "CIFAR-10: the file's features have 6 columns, the authors' 4096." in text
    assert "published 0.451, of other features" in text
    assert "CIFAR-10 file, 60,000 x 6" in text
    assert "STAND-IN for CIFAR-10" not in text


def test_nothing_is_drawn_when_a_run_failed(reproduce, tmp_path, monkeypatch):
    monkeypatch.setattr(paper, "QUICK", {**SHORT, "method": "lsh,osh"})
    monkeypatch.setattr(paper, "QUICK_BATCH", SHORT_BATCH)
    where = ["--data-dir", str(tmp_path), "-o", str(tmp_path / "results"), "--timeout", "0.001"]
    done = CliRunner().invoke(main, ["reproduce-paper", "--quick", *where, "--cache-dir", str(tmp_path / "cache")])
    assert done.exit_code == 1
    assert "Figures and tables are written once all runs are done." in done.output
    assert not [path for path in (tmp_path / "results" / "paper").iterdir() if path.is_file()]


def test_a_missing_data_folder_is_refused(reproduce, tmp_path):
    done = reproduce(tmp_path / "nowhere")
    assert done.exit_code == 2
    assert (
        done.output
        == f"mihash-bench: --data-dir: there is no folder {tmp_path / 'nowhere'} (allowed: an existing folder)\n"
    )
    assert not (tmp_path / "results").exists()


def test_a_dry_run_lists_the_runs_and_does_none(reproduce, tmp_path, empty):
    done = reproduce(empty, "--dry-run")
    assert done.exit_code == 0
    assert done.output.count("to do: ") == 13
    assert not (tmp_path / "results").exists()

"""Sealed run files whose texts are made to be run by what shows them, read by every verb."""

import csv
import io
import re
import subprocess
import sys
import warnings

import pandas as pd
import pytest

import mihash_bench
from mihash_bench.datasets.sample import Sample
from mihash_bench.methods.lsh import LSH
from mihash_bench.store.run_file import RunRecord, read_run, write_run

from ..devices import device
from .calling import call

SMALL = ["--method", "lsh", "--examples", "200", "--checkpoints", "3", "--trials", "2", "--bits", "8", "-j", "2"]
HOSTILE = (
    "=HYPERLINK(1) $x_1^{2$ \\input{/etc/passwd} %|`a`|<script>alert(1)</script> [t](javascript:x) ![i](http://e.org) "
    "[red]r[/red] [link=http://e.org]k[/link] :bomb: \x1b[31m\x1b]8;;http://e.org\x07 \r\u202e\ttab\nnewline & {~}"
)
STAY = ("[red]r[/red]", "[link=http://e.org]k[/link]", ":bomb:", "\\x1b[31m")


@pytest.fixture(scope="module")
def plain(tmp_path_factory, cache_dir):
    """Two finished runs."""
    folder = tmp_path_factory.mktemp("plain")
    assert call("run", *SMALL, "--trigger", "on", "-o", folder, "--cache-dir", cache_dir).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def hostile_folder(plain, tmp_path_factory):
    """The same runs with hostile titles, the second of them failed for a hostile reason."""
    folder = tmp_path_factory.mktemp("hostile")
    for number, path in enumerate(sorted(plain.rglob("*.h5"))):
        record = read_run(path)
        titles = {"method_title": HOSTILE, "dataset_title": f"_{HOSTILE}"}
        ends = {"status": "failed", "reason": HOSTILE, "traceback": f"Traceback\n{HOSTILE}"} if number else {}
        attributes = {**record.attributes, **titles, **ends}
        changed = RunRecord(attributes, record.curve, record.trigger, record.final, record.preprocessing)
        write_run(folder / path.relative_to(plain), RunRecord(attributes) if number else changed)
    return folder


@pytest.fixture(scope="module")
def usual_latex(plain):
    """The LaTeX table with the usual titles."""
    return call("table", plain, "--format", "latex").stdout


@pytest.fixture
def hostile(hostile_folder, monkeypatch):
    """The folder with hostile titles. Titles come from the installed classes, so these are hostile as well."""
    monkeypatch.setattr(LSH, "title", HOSTILE)
    monkeypatch.setattr(Sample, "title", f"_{HOSTILE}")
    return hostile_folder


def is_printable(text):
    return all(character == "\n" or character.isprintable() for character in text)


def test_a_markdown_table_has_no_markup_of_a_title(hostile):
    text = call("table", hostile).stdout
    assert is_printable(text)
    assert "<script" not in text
    assert not re.search(r"(?<!\\)\]\(", text)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 3
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1


def test_a_latex_table_has_only_its_own_macros(hostile, usual_latex):
    text = call("table", hostile, "--format", "latex").stdout
    assert is_printable(text)
    assert r"\textbackslash{}input\{/etc/passwd\}" in text
    assert r"\input" not in text
    assert len(text.splitlines()) == len(usual_latex.splitlines())


def test_a_csv_table_has_no_formula(hostile):
    text = call("table", hostile, "--format", "csv").stdout
    assert is_printable(text)
    [line] = csv.DictReader(io.StringIO(text))
    assert line["method_title"].startswith("'=HYPERLINK(1)")


def test_an_export_has_no_formula_and_the_same_numbers(hostile, plain, tmp_path):
    frames = []
    for results in (hostile, plain):
        assert call("export", results, "-o", tmp_path / "runs.csv").exit_code == 0
        assert is_printable((tmp_path / "runs.csv").read_text(encoding="utf-8"))
        frames.append(pd.read_csv(tmp_path / "runs.csv"))
    ours, usual = frames
    assert ours["method_title"].str.startswith("'=HYPERLINK(1)").all()
    assert ours["reason"].dropna().str.startswith("'=HYPERLINK(1)").all()
    done = ours[ours["status"] == "done"]
    numbers = usual.select_dtypes("number").columns
    pd.testing.assert_frame_equal(done[numbers], usual[numbers].loc[done.index], check_dtype=False)


def test_an_export_of_usual_runs_is_read_back_unchanged(plain, tmp_path):
    call("export", plain, "-o", tmp_path / "runs.csv")
    frame = mihash_bench.load_results(plain).drop(columns="path")
    back = pd.read_csv(tmp_path / "runs.csv", keep_default_na=False, na_values={"train_memory_bytes": ""})
    pd.testing.assert_frame_equal(back, frame, check_dtype=False)


def test_figures_show_any_title_and_warn_of_nothing(hostile, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done = call("plot", hostile, "--x", "examples", "-o", tmp_path / "figures")
    assert done.exit_code == 0, done.output
    assert is_printable(done.output)
    assert (tmp_path / "figures" / "curve-mAP-examples.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("verb", ["status", "verify"])
def test_lines_about_run_files_are_printable_lines(hostile, verb):
    done = call(verb, hostile)
    assert is_printable(done.output)
    if verb == "status":
        counts, failed, *trace = done.output.splitlines()
        assert counts == "1 done, 1 failed"
        assert all(text in failed for text in STAY)
        assert all(line.startswith("    ") for line in trace)


def test_the_summary_of_a_sweep_shows_titles_as_they_are(hostile, cache_dir):
    done = call(
        "run", *SMALL[:6], "--trials", "1", "--bits", "8", "--trigger", "on", "-o", hostile, "--cache-dir", cache_dir
    )
    assert done.exit_code == 0, done.output
    assert is_printable(done.output)
    assert ":bomb:" in done.output
    assert "[red]" in done.output


def test_a_path_with_control_characters_is_printed_visibly(plain, tmp_path):
    folder = tmp_path / "\x1b[31mred\nline"
    done = call("plot", folder)
    assert done.exit_code == 2
    assert is_printable(done.output)
    assert len(done.output.splitlines()) == 1
    (tmp_path / "copy").symlink_to(plain)
    done = call("export", tmp_path / "copy", "-o", tmp_path / "\x1b[31m.csv")
    assert done.exit_code == 0
    assert is_printable(done.output)


def test_a_warning_is_one_printable_line(plain, tmp_path):
    name = "runs/online/sample/lsh/\x1b[31m.h5"
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_bytes(b"no run")
    with pytest.warns(UserWarning, match="left out") as caught:
        mihash_bench.load_results(tmp_path)
    assert all(str(warning.message).isprintable() for warning in caught)


def bench(*arguments, **how):
    command = [sys.executable, "-m", "mihash_bench.cli", *map(str, arguments)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, text=True, check=False, **how)


@pytest.mark.parametrize("target", ["-", "stdout", "/dev/fd/1"])
def test_an_export_to_standard_output_is_a_csv_file_and_nothing_else(plain, tmp_path, target):
    if target == "stdout":
        # What /dev/stdout is on Linux; the machine's own could be replaced by code that is wrong.
        target = tmp_path / "stdout"
        target.symlink_to("/proc/self/fd/1")
    done = bench("export", plain, "-o", target, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(io.StringIO(done.stdout))) == 6
    assert done.stderr.endswith(": 6 rows\n")


def test_an_export_follows_links_and_keeps_them(plain, tmp_path):
    (tmp_path / "link.csv").symlink_to("real.csv")
    done = call("export", plain, "-o", tmp_path / "link.csv")
    assert done.exit_code == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert len(pd.read_csv(tmp_path / "real.csv")) == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.csv", "link.provenance.json", "real.csv"]


def test_an_export_to_a_full_device_is_one_line(plain, tmp_path):
    full = device(tmp_path, "full")
    done = call("export", plain, "-o", full)
    assert done.exit_code == 2
    assert done.output == f"mihash-bench: -o: cannot write {full} (No space left on device)\n"
    assert full.is_char_device()


def test_a_folder_in_the_place_of_a_figure_is_named_and_links_to_figures_stay(plain, tmp_path):
    figures, elsewhere = tmp_path / "figures", tmp_path / "elsewhere.pdf"
    figures.mkdir()
    (figures / "curve-mAP-examples.pdf").symlink_to(elsewhere)
    folder = figures / "table-mAP.csv"
    folder.mkdir()
    done = call("plot", plain, "--x", "examples", "-o", figures)
    assert done.exit_code == 2
    assert done.output == f"mihash-bench: -o: {folder} is a folder (allowed: a file of that name, or none)\n"
    assert not elsewhere.exists()
    folder.rmdir()
    assert call("plot", plain, "--x", "examples", "-o", figures).exit_code == 0
    assert (figures / "curve-mAP-examples.pdf").is_symlink()
    assert elsewhere.read_bytes().startswith(b"%PDF")

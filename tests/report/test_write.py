import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mihash_bench.errors import InputError
from mihash_bench.report.render import FORMATS
from mihash_bench.report.write import check_reportable, write_report

from .frames import batch_run, failed, joined, run
from .third_setting import installed, third_run

RESULTS = Path("my-results")


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_a_report_has_every_curve_and_every_table(tmp_path, frame):
    target = tmp_path / "new" / "figures"
    more = frame.assign(**{"mAP[ties=index]": 0.5})
    paths = write_report(more, target, ["examples", "train_s"], ["mAP", "mAP[ties=index]"], RESULTS)
    metrics, endings = ("mAP", "mAP-ties-index"), ("tex", "md", "csv")
    curves = {f"curve-{m}-{x}.{e}" for m in metrics for x in ("examples", "train_s") for e in ("pdf", "png")}
    assert names(target) == curves | {f"table-{m}.{e}" for m in metrics for e in endings}
    assert {path.name for path in paths} == names(target)
    assert all(path.parent == target and path.stat().st_size for path in paths)
    assert "±" in (target / "table-mAP.md").read_text(encoding="utf-8")


def test_a_metric_named_twice_is_written_once(tmp_path, frame):
    paths = write_report(frame, tmp_path, ["examples", "examples"], ["mAP", "mAP"], RESULTS)
    assert len(paths) == len(set(paths)) == 5


@pytest.mark.parametrize("frame", [run().head(0), failed(), joined(failed(), failed(trial=1, status="timeout"))])
def test_without_a_finished_run_the_folder_and_the_remedy_are_named(tmp_path, frame):
    with pytest.raises(InputError, match=r"my-results has no finished run \(`mihash-bench run -o my-results`"):
        write_report(frame, tmp_path / "figures", ["examples"], ["mAP"], RESULTS)
    assert not (tmp_path / "figures").exists()


def test_a_metric_that_no_run_has_is_refused_with_the_nearest(tmp_path, frame):
    with pytest.raises(InputError, match=r"--y: 'map' is unknown; did you mean 'mAP'\? \(allowed: .*mAP"):
        write_report(frame, tmp_path / "figures", ["examples"], ["map"], RESULTS)
    with pytest.raises(InputError, match="--metric: 'P@9' is unknown"):
        check_reportable(frame, ["P@9"], RESULTS, "--metric")


def test_an_axis_that_does_not_exist_is_refused(tmp_path, frame):
    with pytest.raises(InputError, match="--x: 'example' is unknown; did you mean 'examples'"):
        write_report(frame, tmp_path, ["example"], ["mAP"], RESULTS)


def test_a_report_that_fails_leaves_the_previous_one(tmp_path, frame, monkeypatch):
    write_report(frame, tmp_path, ["examples"], ["mAP"], RESULTS)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def full(table):
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(FORMATS, "csv", replace(FORMATS["csv"], write=full))
    with pytest.raises(InputError, match=r"-o: cannot write to .* \(No space left on device\)"):
        write_report(frame.assign(mAP=0.9), tmp_path, ["examples"], ["mAP"], RESULTS)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path, frame):
    (tmp_path / "figures").write_text("")
    with pytest.raises(InputError, match="-o: cannot write to .*figures"):
        write_report(frame, tmp_path / "figures", ["examples"], ["mAP"], RESULTS)


def test_each_setting_has_its_own_files_named_after_it_except_for_the_default(tmp_path):
    both = joined(run(), batch_run())
    paths = write_report(both, tmp_path, ["examples", "epoch"], ["mAP"], RESULTS)
    stems = {path.stem for path in paths}
    assert stems == {
        "curve-mAP-examples", "table-mAP", "curve-batch-1-mAP-epoch", "table-batch-1-mAP",
        "curve-batch-1-objective-epoch",
    }  # fmt: skip


def test_a_setting_of_another_package_gets_curves_over_its_axes_and_its_own_scale(tmp_path, monkeypatch):
    installed(monkeypatch)
    paths = write_report(third_run(), tmp_path, None, ["mAP"], RESULTS)
    assert {path.name for path in paths} == {
        *(f"curve-third-{name}.{end}" for name in ("mAP-loss_calls", "mAP-examples", "loss-loss_calls")
          for end in ("pdf", "png")),
        *(f"table-third-mAP.{end}" for end in ("tex", "md", "csv")),
    }  # fmt: skip


def test_only_drawing_imports_matplotlib():
    code = "import sys, mihash_bench.report.folder; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

"""Reports on a folder of run files, written by hand."""

import subprocess
import sys
from io import BytesIO

import pytest

from mihash_bench.errors import InputError
from mihash_bench.report.folder import fault_lines, load_reportable, render_table, status_lines, write_export
from mihash_bench.sweeps.recompute import Recomputation

from ..records import written


@pytest.fixture
def results(tmp_path):
    written(tmp_path, trial=0)
    written(tmp_path, trial=1)
    written(tmp_path, trial=2, setting="elsewhere")
    return tmp_path


def test_runs_of_settings_that_are_not_installed_are_left_out_of_reports_with_one_line(results):
    said = []
    assert set(load_reportable(results, said.append).frame["trial"]) == {0, 1}
    assert said == ["left out: 1 run of the setting 'elsewhere', which is not installed here"]
    assert "0.500 ± 0.000" in render_table(results, None, "markdown", said.append)
    with pytest.raises(InputError, match="--strict: 1 settings are not installed, the first: 1 run of the setting"):
        load_reportable(results, said.append, strict=True)


def test_a_file_that_cannot_be_used_is_left_out_with_one_line_and_refused_if_strict(results):
    path = written(results, trial=3)
    path.write_bytes(path.read_bytes()[:-100])
    said = []
    assert set(load_reportable(results, said.append).frame["trial"]) == {0, 1}
    assert [line for line in said if str(path) in line and line.startswith("left out: ")]
    with pytest.raises(InputError, match="--strict: 1 files cannot be used, the first: "):
        render_table(results, None, "csv", said.append, strict=True)


def test_the_export_has_the_runs_of_every_setting(results, tmp_path):
    said = []
    assert write_export(results, tmp_path / "out" / "runs.csv", said.append) == 6
    assert "elsewhere" in (tmp_path / "out" / "runs.csv").read_text()
    assert said == []


def test_status_counts_the_runs_and_names_those_that_are_not_done(results):
    trace = "\n".join(["one", "two", "three", "ValueError: broken"])
    written(results, trial=3, status="failed", reason="ValueError: broken", traceback=trace)
    written(results, trial=4, status="killed", reason="memory", setting="elsewhere")
    lines = status_lines(results, pytest.fail)
    assert sorted(lines[0].split(", ")) == ["1 failed", "1 killed", "3 done"]
    assert "failed: sample lsh 8 bits, trigger on, trial 3: ValueError: broken" in lines
    assert "killed: sample lsh 8 bits, elsewhere, trial 4: memory" in lines
    assert lines[lines.index("failed: sample lsh 8 bits, trigger on, trial 3: ValueError: broken") + 1 :][:3] == [
        "    two", "    three", "    ValueError: broken"
    ]  # fmt: skip


def test_faults_are_one_line_each_and_give_the_exit_code(results):
    path = written(results, trial=3)
    path.rename(path.with_name("moved.h5"))
    lines, code = fault_lines(results)
    assert code == 1
    assert lines == [f"{path.with_name('moved.h5')}: it belongs at {path}", f"3 of 4 run files in {results} are intact"]
    (results / "empty").mkdir()
    assert fault_lines(results / "empty") == ([f"0 of 0 run files in {results / 'empty'} are intact"], 0)


class Lost(BytesIO):
    def write(self, data):
        raise OSError(28, "No space left on device")


def test_lost_output_is_no_bad_input(results):
    with pytest.raises(OSError, match="No space left"):
        write_export(results, Lost(), pytest.fail)


def test_a_table_says_if_no_published_figure_fits(results):
    said = []
    plain, published = (render_table(results, None, "markdown", said.append, published=more) for more in (False, True))
    assert plain == published
    assert said[-1] == "--published: no figure was published for these datasets, methods, code lengths and metrics"


def test_runs_that_could_not_be_recomputed_are_one_line_for_each_dataset_and_no_faults(tmp_path):
    paths = [written(tmp_path, trial=trial, dataset="cifar10", dataset_parameters={}) for trial in (0, 1)]
    lines, code = fault_lines(tmp_path, Recomputation(tmp_path / "data", tmp_path / "cache"))
    assert code == 1
    assert len(lines) == 2
    assert lines[0].startswith("cifar10: not recomputed: --data-dir: there is no folder")
    assert lines[1].startswith(f"0 of {len(paths)} run files in ")
    assert lines[1].endswith("; 2 more are intact but not recomputed")


def test_the_status_of_a_folder_is_found_without_loading_compiled_code(results):
    code = (
        "import sys; from pathlib import Path; from mihash_bench.report.folder import status_lines; "
        f"print(status_lines(Path({str(results)!r}), str)[0], 'numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "3 done False\n"

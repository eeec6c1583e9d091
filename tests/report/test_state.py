"""The state of a folder of run files, written by hand."""

import subprocess
import sys

import pytest

from mihash_bench.report.state import fault_lines, status_lines
from mihash_bench.sweeps.recompute import Recomputation

from ..records import written


@pytest.fixture
def results(tmp_path):
    written(tmp_path, trial=0)
    written(tmp_path, trial=1)
    written(tmp_path, trial=2, setting="elsewhere")
    return tmp_path


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
        "import sys; from pathlib import Path; from mihash_bench.report.state import status_lines; "
        f"print(status_lines(Path({str(results)!r}), str)[0], 'numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "3 done False\n"

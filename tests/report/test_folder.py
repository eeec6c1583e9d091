"""Reports on a folder of run files, written by hand."""

from io import BytesIO

import pytest

from mihash_bench.errors import InputError
from mihash_bench.report.folder import load_reportable, render_table, write_export

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

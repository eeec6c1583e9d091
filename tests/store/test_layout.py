import pytest

from mihash_bench.errors import InputError
from mihash_bench.store.layout import lock_path, run_path, run_paths

NAMES = {"setting": "online", "dataset": "sample", "method": "lsh", "bits": 8, "trigger": "on"}


def test_a_runs_path_has_its_names_and_the_first_digits_of_its_key(tmp_path):
    path = run_path(tmp_path, **NAMES, trial=2, key="0123456789abcdef")
    assert path == tmp_path / "runs" / "online" / "sample" / "lsh" / "8b-on-t2-01234567.h5"


def test_run_files_are_listed_in_order_without_temporary_files_and_locks(tmp_path):
    paths = [run_path(tmp_path, **NAMES, trial=trial, key="k" * 64) for trial in (1, 0)]
    unfinished = paths[0].with_name(f".{paths[0].name}.123.tmp.h5")
    for path in (*paths, unfinished, lock_path(tmp_path, "k" * 64), tmp_path / "elsewhere.h5"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert run_paths(tmp_path) == (sorted(paths), [])


def test_a_missing_results_folder_and_a_file_in_its_place_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"RESULTS: there is no folder .*nowhere"):
        run_paths(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"RESULTS: .*file is a file"):
        run_paths(tmp_path / "file")


def test_folders_that_are_links_are_searched_once(tmp_path):
    path = run_path(tmp_path, **NAMES, trial=0, key="k" * 64)
    path.parent.mkdir(parents=True)
    path.touch()
    elsewhere = tmp_path / "disk"
    (tmp_path / "runs" / "online").rename(elsewhere)
    (tmp_path / "runs" / "online").symlink_to(elsewhere)
    (elsewhere / "circle").symlink_to(elsewhere)
    circle = tmp_path / "runs" / "online" / "circle"
    assert run_paths(tmp_path) == ([path], [f"{circle}: cannot be read (Too many levels of symbolic links)"])


def test_a_folder_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "runs").symlink_to(tmp_path / "runs")
    assert run_paths(tmp_path)[1] == [f"{tmp_path / 'runs'}: cannot be read (Too many levels of symbolic links)"]


def test_a_link_beside_a_folder_hides_none_of_its_files(tmp_path):
    path = run_path(tmp_path, **NAMES, trial=0, key="k" * 64)
    path.parent.mkdir(parents=True)
    path.touch()
    for name in ("aaa", "zzz"):
        (tmp_path / "runs" / name).symlink_to("online")
    found, complaints = run_paths(tmp_path)
    assert path in found
    assert len(found) == 3
    assert complaints == []


def test_a_link_that_leads_nowhere_or_to_itself_costs_nothing_else(tmp_path):
    path = run_path(tmp_path, **NAMES, trial=0, key="k" * 64)
    path.parent.mkdir(parents=True)
    path.touch()
    (tmp_path / "runs" / "loop").symlink_to("loop")
    (tmp_path / "runs" / "nowhere").symlink_to("gone")
    said = f"{tmp_path / 'runs' / 'loop'}: cannot be read (Too many levels of symbolic links)"
    assert run_paths(tmp_path) == ([path], [said])

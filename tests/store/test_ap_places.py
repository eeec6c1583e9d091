"""The AP values of a run are read again from their places, or else with the whole file and all of its checks."""

from dataclasses import replace

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.store import reading, results
from mihash_bench.store.ap_places import PLACES, places_of, read_again
from mihash_bench.store.results import load_results
from mihash_bench.store.run_file import read_run
from tests.records import record, write, written

BOTH = ("queries", "ap_index")


@pytest.fixture
def reads(monkeypatch):
    """The paths of the files that are read as a whole."""
    seen = []
    for module in (reading, results):
        monkeypatch.setattr(module, "read_run", lambda path: seen.append(path) or read_run(path))
    return seen


def with_ap(values, **changed):
    made = record(**changed)
    return replace(made, final={**made.final, "ap_index": np.array(values)})


def test_the_arrays_are_those_of_the_file(tmp_path):
    path = write(tmp_path, with_ap([0.25, np.nan, 1.0]))
    queries, values = read_again(path, read_run(path).places, BOTH)
    assert queries.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(values, [0.25, np.nan, 1.0])


@pytest.mark.parametrize("change", [lambda old: old[:600], lambda old: old[::-1], lambda old: b""])
def test_nothing_is_read_from_a_file_that_was_changed(change, tmp_path):
    path = written(tmp_path)
    places = read_run(path).places
    path.write_bytes(change(path.read_bytes()))
    assert read_again(path, places, BOTH) is None


def test_nothing_is_read_without_a_file_or_from_a_folder(tmp_path):
    path = written(tmp_path)
    places = read_run(path).places
    path.unlink()
    assert read_again(path, places, BOTH) is None
    path.mkdir()
    assert read_again(path, places, BOTH) is None


def test_places_beyond_the_file_take_no_memory(tmp_path):
    path = written(tmp_path)
    places = read_run(path).places
    places["length"] = 2**59
    assert read_again(path, places, BOTH) is None


@pytest.mark.parametrize("odd", [np.zeros(3, np.float32), np.zeros((3, 1)), np.zeros(2)])
def test_arrays_of_other_types_and_shapes_have_no_place(odd, tmp_path):
    final = {"queries": np.arange(3), "ap_expected": np.zeros(3), "ap_index": odd}
    at = {name: StoredLike(array) for name, array in final.items()}
    assert places_of(at, final) == np.zeros((), PLACES)
    assert places_of({}, {}) == np.zeros((), PLACES)


class StoredLike:
    """Shape and type of an array that is at the beginning of a file."""

    def __init__(self, array):
        self.offset, self.shape, self.dtype = 0, array.shape, array.dtype


def test_results_read_no_whole_file_twice_and_keep_the_order_of_the_runs(tmp_path, reads):
    for trial in range(3):
        write(tmp_path, with_ap([trial / 4] * 3, trial=trial))
    loaded = load_results(tmp_path)
    some = loaded.of(loaded.runs["trial"] > 0)
    assert len(reads) == 3
    for shown, trials in ((loaded, range(3)), (some, (1, 2))):
        for key, trial in zip(shown.runs["key"], trials, strict=True):
            assert shown.average_precisions(key, "ap_index")[1].tolist() == [trial / 4] * 3
    assert len(reads) == 3


def test_the_index_knows_the_places(tmp_path, reads, monkeypatch):
    monkeypatch.setattr(reading, "SETTLING_NS", -(10**10))
    write(tmp_path, with_ap([0.25, 0.5, 0.75]))
    load_results(tmp_path)
    again = load_results(tmp_path)
    assert again.average_precisions(again.runs["key"][0], "ap_index")[1].tolist() == [0.25, 0.5, 0.75]
    assert len(reads) == 1


def test_a_file_that_was_damaged_or_replaced_since_is_refused(tmp_path):
    path = write(tmp_path, with_ap([0.25, 0.5, 0.75]))
    loaded = load_results(tmp_path)
    whole = path.read_bytes()
    place = whole.index(np.array([0.25, 0.5, 0.75]).tobytes())
    path.write_bytes(whole[:place] + b"\1" + whole[place + 1 :])
    with pytest.raises(InputError, match="damaged"):
        loaded.average_precisions(loaded.runs["key"][0], "ap_index")
    written(tmp_path, trial=1, metrics=["mAP", "P@r2"]).replace(path)
    with pytest.raises(InputError, match="was replaced while it was used"):
        loaded.average_precisions(loaded.runs["key"][0], "ap_index")

"""Run files are read from their object headers as HDF5 itself reads them."""

import random

import numpy as np
import pytest

from mihash_bench.store._attributes import attributes_of
from mihash_bench.store._parts import quick_arrays, quick_attributes
from mihash_bench.store._walk import arrays_in, hdf5_image
from mihash_bench.store.record import GROUPS, RunRecord
from mihash_bench.store.run_file import read_run, write_run
from tests.records import record

MUTATIONS = 300


def content_of(made, folder):
    write_run(folder / "run.h5", made)
    return (folder / "run.h5").read_bytes()


def many_kinds():
    """A record with values of all kinds."""
    made = record(reason="ein Grund, größer als 0 ∈ ℝ", traceback="x" * 14_999)
    numbers = {"seconds": 1.5, "unknown": float("nan"), "least": -(2**63), "yes": True, "single": np.float32(0.5)}
    arrays = {"B": np.zeros((2, 3, 4), np.float32), "none": np.empty((0, 5)), "signs": np.array([[True], [False]])}
    return RunRecord({**made.attributes, **numbers}, made.curve, made.trigger, {**made.final, **arrays})


@pytest.mark.parametrize("made", [record(), record(status="failed", reason="out of memory"), many_kinds()])
def test_every_file_that_is_written_can_be_read_from_its_headers(made, tmp_path):
    content = content_of(made, tmp_path)
    with hdf5_image(content) as file:
        quick, usual = quick_attributes(file, content), attributes_of(file)
        np.testing.assert_equal(list(quick.items()), list(usual.items()))
        assert [type(value) for value in quick.values()] == [type(value) for value in usual.values()]
        found, expected = quick_arrays(file, content, GROUPS), arrays_in(file, len(content), GROUPS)
    assert found == expected
    assert [list(found[group]) for group in expected] == [list(expected[group]) for group in expected]


def test_a_run_file_is_read_without_opening_its_datasets(tmp_path, monkeypatch):
    made = record()
    write_run(tmp_path / "run.h5", made)
    monkeypatch.delattr("mihash_bench.store._parts.arrays_in")
    monkeypatch.delattr("mihash_bench.store._parts.attributes_of")
    np.testing.assert_equal(read_run(tmp_path / "run.h5").curve, made.curve)


def outcome(image, read):
    """What is read from the content of a file, or None if it is refused, for whatever reason."""
    try:
        with hdf5_image(image) as file:
            return read(file, image)
    except Exception:  # noqa: BLE001 - h5py raises many kinds for files that are damaged
        return None


READERS = {
    "attributes": (quick_attributes, lambda file, image: attributes_of(file)),
    "arrays": (
        lambda file, image: quick_arrays(file, image, GROUPS),
        lambda file, image: arrays_in(file, len(image), GROUPS),
    ),
}


def header_bytes(content):
    """The places of all bytes that belong to no array."""
    with hdf5_image(content) as file:
        stored = [array for group in arrays_in(file, len(content), GROUPS).values() for array in group.values()]
    data = {place for array in stored for place in range(array.offset, array.offset + array.nbytes)}
    return [place for place in range(512, len(content)) if place not in data]


@pytest.mark.parametrize("part", READERS)
def test_changed_headers_are_never_read_as_something_else_than_hdf5_reads(part, tmp_path):
    content = content_of(record(), tmp_path)
    places, draw, read_by_both = header_bytes(content), random.Random(0), 0
    for _ in range(MUTATIONS):
        changed = bytearray(content)
        changed[draw.choice(places)] ^= 1 << draw.randrange(8)
        quick, usual = (outcome(bytes(changed), read) for read in READERS[part])
        if quick is not None and usual is not None:
            assert quick == usual
            read_by_both += 1
    assert read_by_both > MUTATIONS // 2

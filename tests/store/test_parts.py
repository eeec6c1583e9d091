"""Run files are read from their object headers as HDF5 itself reads them."""

import random
from dataclasses import replace

import h5py
import numpy as np
import pytest

from mihash_bench.store import _structure
from mihash_bench.store._parts import _NOT_QUICK, quick_parts, read_parts, usual_parts
from mihash_bench.store._structure import structure_of
from mihash_bench.store._walk import arrays_in, hdf5_image
from mihash_bench.store.record import GROUPS, RunRecord
from mihash_bench.store.run_file import read_run, write_run
from tests.records import record
from tests.store.sealed import edited

MUTATIONS = 300


def content_of(made, folder):
    write_run(folder / "run.h5", made)
    return (folder / "run.h5").read_bytes()


def of_all(attributes):
    return GROUPS


def many_kinds():
    """A record with values of all kinds."""
    made = record(reason="ein Grund, größer als 0 ∈ ℝ", traceback="x" * 14_999)
    numbers = {"seconds": 1.5, "unknown": float("nan"), "least": -(2**63), "yes": True, "single": np.float32(0.5)}
    arrays = {"B": np.zeros((2, 3, 4), np.float32), "none": np.empty((0, 5)), "signs": np.array([[True], [False]])}
    return RunRecord({**made.attributes, **numbers}, made.curve, made.trigger, {**made.final, **arrays})


@pytest.mark.parametrize("made", [record(), record(status="failed", reason="out of memory"), many_kinds()])
def test_every_file_that_is_written_can_be_read_from_its_headers(made, tmp_path):
    content = content_of(made, tmp_path)
    (quick, found), (usual, expected) = quick_parts(content, of_all), usual_parts(content, of_all)
    np.testing.assert_equal(list(quick.items()), list(usual.items()))
    assert [type(value) for value in quick.values()] == [type(value) for value in usual.values()]
    assert found == expected
    assert [list(found[group]) for group in expected] == [list(expected[group]) for group in expected]


@pytest.mark.parametrize("columns", [0, 3, 5, 8, 9, 14, 40])
def test_groups_of_every_size_are_read_as_hdf5_reads_them(columns, tmp_path):
    made = record()
    more = {f"column {number}": np.arange(2.0) + number for number in reversed(range(columns))}
    content = content_of(replace(made, trigger=more), tmp_path)
    attributes, arrays = read_parts(content, of_all)
    assert (attributes, arrays) == usual_parts(content, of_all)
    assert list(arrays["trigger"]) == list(more)
    assert [arrays["trigger"][name].read(content)[0] for name in more] == list(range(columns))[::-1]


@pytest.mark.parametrize("columns", [0, 3, 5, 8, 9, 14])
def test_groups_of_usual_sizes_are_read_without_hdf5(columns, tmp_path):
    made = replace(record(), trigger={f"column {number}": np.arange(2.0) for number in range(columns)})
    assert len(quick_parts(content_of(made, tmp_path), of_all)[1]["trigger"]) == columns


@pytest.mark.parametrize(
    "edit",
    [
        lambda file: file.__setitem__("curve/again", h5py.SoftLink("/curve/mAP")),
        lambda file: file.__setitem__("curve/again", h5py.ExternalLink("other.h5", "/curve/mAP")),
        lambda file: file.__setitem__("curve/again", file["curve/mAP"]),
        lambda file: file.__setitem__("again", h5py.SoftLink("/curve")),
        lambda file: file.__setitem__("curve/größe", np.arange(2.0)),
        lambda file: file.create_group("curve/inner"),
        lambda file: file.create_dataset("curve/chunked", data=np.arange(2.0), chunks=(1,)),
        lambda file: file.create_dataset("curve/filled", shape=(2,), dtype=float),
        lambda file: file["curve"].attrs.update(more=1),
        lambda file: file["curve/mAP"].attrs.update(more=1),
        lambda file: file.create_dataset("curve/text", data="text"),
        lambda file: file.create_dataset("curve/outside", (2,), float, external=[("raw", 0, 16)]),
    ],
)
def test_whatever_is_not_written_by_this_package_is_left_to_hdf5(edit, tmp_path):
    path = tmp_path / "run.h5"
    content_of(record(), tmp_path)
    edited(path, edit)
    with pytest.raises(_NOT_QUICK):
        quick_parts(path.read_bytes(), of_all)


def test_a_run_file_is_read_without_opening_it_with_hdf5(tmp_path, monkeypatch):
    made = record()
    write_run(tmp_path / "run.h5", made)
    monkeypatch.delattr("mihash_bench.store._parts.usual_parts")
    np.testing.assert_equal(read_run(tmp_path / "run.h5").curve, made.curve)


def test_files_that_differ_in_values_only_have_one_structure(tmp_path, monkeypatch):
    first, second = record(reason="a text"), record(reason="b text")
    other = replace(second, final={name: column[::-1] for name, column in second.final.items()})
    contents = [content_of(made, tmp_path) for made in (first, other)]
    assert len(contents[0]) == len(contents[1])
    assert structure_of(contents[0])
    monkeypatch.delattr(_structure, "_read")
    assert quick_parts(contents[1], of_all) == usual_parts(contents[1], of_all)
    for name, column in other.final.items():
        np.testing.assert_array_equal(structure_of(contents[1]).arrays["final"][name].read(contents[1]), column)


def test_a_structure_is_read_again_if_one_of_its_bytes_differs(tmp_path):
    names = ("column a", "column b")
    both = [replace(record(), trigger=dict.fromkeys(order, np.arange(2.0))) for order in (names, names[::-1])]
    contents = [content_of(made, tmp_path) for made in both]
    assert len(contents[0]) == len(contents[1])
    for content, order in [*zip(contents, (names, names[::-1]), strict=True)] * 2:
        assert tuple(quick_parts(content, of_all)[1]["trigger"]) == order


def test_only_so_many_structures_are_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr(_structure, "MOST_STRUCTURES", 2)
    monkeypatch.setattr(_structure, "_known", {})
    for columns in range(6):
        more = {f"column {number}": np.arange(2.0) for number in range(columns)}
        quick_parts(content_of(replace(record(), trigger=more), tmp_path), of_all)
        assert len(_structure._known) <= 2


def outcome(image, read):
    """What is read from the content of a file, or None if it is refused, for whatever reason."""
    try:
        return read(image, of_all)
    except Exception:  # noqa: BLE001 - h5py raises many kinds for files that are damaged
        return None


def header_bytes(content):
    """The places of all bytes that belong to no array."""
    with hdf5_image(content) as file:
        stored = [array for group in arrays_in(file, len(content), GROUPS).values() for array in group.values()]
    data = {place for array in stored for place in range(array.offset, array.offset + array.nbytes)}
    return [place for place in range(512, len(content)) if place not in data]


def test_changed_headers_are_never_read_as_something_else_than_hdf5_reads(tmp_path):
    content = content_of(record(), tmp_path)
    places, draw, read_by_both = header_bytes(content), random.Random(0), 0
    for _ in range(MUTATIONS):
        changed = bytearray(content)
        changed[draw.choice(places)] ^= 1 << draw.randrange(8)
        quick, usual = (outcome(bytes(changed), read) for read in (quick_parts, usual_parts))
        if quick is not None and usual is not None:
            assert quick == usual
            read_by_both += 1
    assert read_by_both > MUTATIONS // 2

"""Sealed files that contain what no run writes, and files that are no regular files: one line, nothing followed."""

import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.store.run_file import read_run, write_run

from .records import ABOUT, record
from .sealed import seal, sealed_copy

PATIENCE = 120  # seconds; a test that fails waits, one that passes does not
MEMORY = 2 << 30


@pytest.fixture
def path(tmp_path):
    final = {"ap_expected": np.full(3, 0.5), "ap_index": np.full(3, 0.5), "queries": np.arange(3), "W": np.eye(2)}
    write_run(tmp_path / "run.h5", record(trigger={"updated": np.array([True, False])}, final=final))
    return tmp_path / "run.h5"


def refusal(path):
    """The single line with which a file is refused. It names the file."""
    with pytest.raises(InputError) as caught:
        read_run(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{path}: ")


def soft(file):
    del file["curve/mAP"]
    file["curve/mAP"] = h5py.SoftLink("/curve/examples")


def soft_group(file):
    del file["trigger"]
    file["trigger"] = h5py.SoftLink("/curve")


def external(file):
    """A link to a file of the same form that nobody has sealed."""
    with h5py.File(file.filename + ".other", "w") as other:
        other["curve/examples"] = np.array([0, 100])
    del file["curve"]
    file["curve"] = h5py.ExternalLink(file.filename + ".other", "/curve")


def hard(file):
    file["curve/again"] = file["curve/examples"]


def hard_group(file):
    del file["trigger"]
    file["trigger"] = file["curve"]


def cycle(file):
    file["curve/loop"] = file["curve"]


def cycle_of_two(file):
    file["curve/inner"] = file["trigger"]
    file["trigger/inner"] = file["curve"]


def to_the_root(file):
    file["curve/root"] = file["/"]


def nested(file):
    file.create_group("curve/" + "/".join("x" * 500))


def surplus_group(file):
    file.create_group("more")


def surplus_dataset(file):
    file["more"] = 1.0


def virtual(file):
    with h5py.File(file.filename + ".other", "w") as other:
        other["x"] = np.arange(2.0)
    layout = h5py.VirtualLayout(shape=(2,), dtype="f8")
    layout[:] = h5py.VirtualSource(file.filename + ".other", "x", shape=(2,))
    file.create_virtual_dataset("curve/elsewhere", layout)


def external_storage(file):
    Path(file.filename + ".raw").write_bytes(bytes(16))
    file.create_dataset("curve/elsewhere", shape=(2,), dtype="f8", external=[(file.filename + ".raw", 0, 16)])


def chunked(file):
    file.create_dataset("curve/absurd", shape=(1 << 50,), dtype="f8", chunks=(1 << 10,))


def compressed(file):
    file.create_dataset("final/bomb", data=np.zeros(1 << 20), compression="gzip")


def compact(file):
    storage = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    storage.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(file["curve"].id, b"small", h5py.h5t.NATIVE_DOUBLE, h5py.h5s.create_simple((2,)), storage)


def without_storage(file):
    file.create_dataset("curve/nothing", shape=(1 << 40,), dtype="f8")


def empty(file):
    file["curve/empty"] = h5py.Empty("f8")


def five_dimensions(file):
    file["final/deep"] = np.zeros((1,) * 5)


def texts(file):
    file.create_dataset("curve/text", data=["a", "b"], dtype=h5py.string_dtype())


def fixed_texts(file):
    file["curve/text"] = np.array([b"a", b"b"])


def lists(file):
    file.create_dataset("curve/lists", shape=(2,), dtype=h5py.vlen_dtype(np.int64))


def compound(file):
    file["curve/pairs"] = np.zeros(2, dtype=[("a", "i4"), ("b", "f8")])


def complexes(file):
    file["curve/z"] = np.zeros(2, complex)


def references(file):
    file.create_dataset("curve/refs", data=[file.ref, file.ref], dtype=h5py.ref_dtype)


def regions(file):
    dataset = file["curve/examples"]
    file.create_dataset("curve/regions", data=[dataset.regionref[:1]] * 2, dtype=h5py.regionref_dtype)


def opaque(file):
    file.create_dataset("curve/opaque", data=np.zeros(2, "V8"))


def enumeration(file):
    file.create_dataset("curve/enum", data=np.zeros(2, "i1"), dtype=h5py.enum_dtype({"A": 0, "B": 1}, "i1"))


def named_type(file):
    file["curve/type"] = np.dtype("f8")


def of_a_named_type(file):
    file["final/type"] = np.dtype("f8")
    file.create_dataset("curve/x", data=np.zeros(2), dtype=file["final/type"])


def attributes_of_a_group(file):
    file["curve"].attrs["x"] = 1


def attributes_of_a_dataset(file):
    file["curve/mAP"].attrs["x"] = 1


def too_many_objects(file):
    for number in range(1_001):
        file[f"final/{number}"] = 0.0


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (soft, "curve/mAP is a link"),
        (soft_group, "trigger is a link"),
        (external, "curve is a link"),
        (hard, "is a link to an object that has another name"),
        (hard_group, "is a link to an object that has another name"),
        (cycle, "is a link to an object that has another name"),
        (cycle_of_two, "is not a dataset"),
        (to_the_root, "is a link to an object that has another name"),
        (nested, "curve/x is not a dataset"),
        (surplus_group, "more does not belong there"),
        (surplus_dataset, "more does not belong there"),
        (virtual, "elsewhere is not stored in one piece"),
        (external_storage, "elsewhere is not stored in one piece"),
        (chunked, "absurd is not stored in one piece"),
        (compressed, "bomb is not stored in one piece"),
        (compact, "small is not stored in one piece"),
        (without_storage, "its stored size differs from its declared one"),
        (empty, "curve/empty is not a column of numbers"),
        (five_dimensions, "of up to 4 dimensions"),
        *((edit, "is not a column of numbers") for edit in (texts, fixed_texts, lists, compound, complexes)),
        *((edit, "is not a column of numbers") for edit in (references, regions, opaque, enumeration)),
        (named_type, "curve/type is not a dataset"),
        (of_a_named_type, "is not a"),
        (attributes_of_a_group, "curve has attributes"),
        (attributes_of_a_dataset, "curve/mAP has attributes"),
        (too_many_objects, "has too many objects (allowed: up to 1,000)"),
    ],
)
def test_what_no_run_writes_is_refused_though_the_seal_is_right(path, edit, said):
    assert said in refusal(sealed_copy(path, edit))


def test_datasets_that_share_their_bytes_take_no_more_memory_than_the_file_has(path):
    """Each dataset is inside the file, but together they declare more than it holds."""
    size, undefined = 1 << 20, b"\xff" * 8

    def big(file):
        file["final/0"] = np.zeros(size, np.uint8)
        for number in range(1, 20):
            file.create_dataset(f"final/{number}", shape=(size,), dtype=np.uint8)

    hostile = sealed_copy(path, big)
    with h5py.File(hostile) as file:
        place = (file["final/0"].id.get_offset() - 512).to_bytes(8, "little")
    declared, content = size.to_bytes(8, "little"), hostile.read_bytes()
    assert content.count(undefined + declared) == 19
    hostile.write_bytes(content.replace(undefined + declared, place + declared))
    with h5py.File(hostile) as file:
        assert file["final/19"][:].shape == (size,)
    assert "its stored size differs" in refusal(seal(hostile))


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def refused_in_a_process(path, limit=None):
    """The line of a process that reads a file, which may neither hang nor take more memory than allowed."""
    code = (
        "import sys; from pathlib import Path; from mihash_bench.store.run_file import read_run\n"
        "try: read_run(Path(sys.argv[1]))\n"
        "except ValueError as error: print(type(error).__name__, error)"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, path],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        preexec_fn=limit,
        env=environment,
    )
    assert done.stderr == ""
    assert done.stdout.startswith((f"InputError {path}: ", f"UnreadableError {path}: "))
    assert done.stdout.count("\n") == 1
    return done.stdout


def test_twenty_thousand_names_of_one_dataset_take_no_memory(path):
    def names(file):
        file["final/big"] = np.zeros(1 << 20)
        for number in range(20_000):
            file[f"final/{number}"] = file["final/big"]

    assert "too many objects" in refused_in_a_process(sealed_copy(path, names), limited)


def test_a_huge_sparse_file_is_refused_before_it_is_read(path):
    os.truncate(path, 100 << 30)
    assert "too large for a run file" in refused_in_a_process(path, limited)


def test_a_sparse_file_that_is_no_run_file_is_not_read(tmp_path):
    (tmp_path / "sparse.h5").touch()
    os.truncate(tmp_path / "sparse.h5", 100 << 30)
    assert "not a run file" in refused_in_a_process(tmp_path / "sparse.h5", limited)


def test_links_to_devices_are_not_opened(tmp_path):
    (tmp_path / "zero.h5").symlink_to("/dev/zero")
    assert "not a regular file" in refused_in_a_process(tmp_path / "zero.h5", limited)


def test_a_fifo_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "fifo.h5")
    assert "not a regular file" in refused_in_a_process(tmp_path / "fifo.h5")


def test_folders_and_sockets_are_no_run_files(tmp_path, monkeypatch):
    (tmp_path / "folder.h5").mkdir()
    assert "not a regular file" in refusal(tmp_path / "folder.h5")
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.h5")
        assert "not a regular file" in refusal(tmp_path / "socket.h5")


def test_a_link_to_a_regular_file_is_read(path):
    link = path.with_name("link.h5")
    link.symlink_to(path)
    assert read_run(link).attributes["status"] == "done"


def test_the_bytes_that_were_checked_are_those_that_are_used(path, monkeypatch):
    """Somebody replaces the content of the file right after it was opened for the check."""
    from mihash_bench.store import run_file

    def changing(opened, real=run_file.sealed_bytes):
        content = real(opened)
        opened.write_bytes(b"other" * 1000)
        return content

    monkeypatch.setattr(run_file, "sealed_bytes", changing)
    assert read_run(path).curve["mAP"].tolist() == [0.25, 0.5]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("bits", r"\input{/etc/passwd}", "attribute bits is not a whole number"),
        ("bits", 8.0, "attribute bits is not a whole number"),
        ("bits", True, "attribute bits is not a whole number"),
        ("bits", 0, "attribute bits is 0 (allowed: whole numbers from 1)"),
        ("trial", -1, "attribute trial is -1 (allowed: whole numbers from 0)"),
        ("method_version", "1", "attribute method_version is not a whole number"),
        ("method", 3, "attribute method is not text"),
        ("status", "finished", "status 'finished' is unknown"),
        ("key", "a" * 63, "attribute key is"),
        ("key", "A" * 64, "attribute key is"),
        ("git_dirty", "yes", "attribute git_dirty is not true or false"),
        ("train_memory_bytes", "much", "attribute train_memory_bytes is not a number"),
        ("schema", "2", "schema '2' is unknown"),
        ("schema", True, "schema True is unknown"),
        ("bits", np.array([8]), "attribute bits is neither a text nor a number"),
        ("cost", np.arange(3), "attribute cost is neither a text nor a number"),
        ("cost", h5py.Empty("f8"), "attribute cost is neither a text nor a number"),
        ("cost", 1 + 2j, "attribute cost is neither a text nor a number"),
        ("cost", "x" * 60_000, "attribute cost has 60,000 characters"),
        ("x\ny\x1b[2J", np.arange(3), r"attribute x y\x1b[2J is neither"),
    ],
)
def test_attributes_of_a_wrong_type_are_refused(path, name, value, said):
    assert said in refusal(sealed_copy(path, lambda file: file.attrs.__setitem__(name, value)))


def test_references_in_attributes_are_refused(path):
    hostile = sealed_copy(path, lambda file: file.attrs.__setitem__("cost", file["curve"].ref))
    assert "attribute cost is neither a text nor a number" in refusal(hostile)


def test_too_many_attributes_are_refused(path):
    def many(file):
        for number in range(1_001):
            file.attrs[str(number)] = number

    assert "attributes, allowed: up to 1,000" in refusal(sealed_copy(path, many))


@pytest.mark.parametrize("name", ABOUT)
def test_a_missing_attribute_is_named(path, name):
    assert refusal(sealed_copy(path, lambda file: file.attrs.__delitem__(name))) == f"attribute {name} is missing"


@pytest.mark.parametrize(
    ("name", "column", "said"),
    [
        ("curve/examples", np.arange(3), "its curve is not complete (columns of different lengths)"),
        ("trigger/examples", np.arange(3), "its trigger is not complete (columns of different lengths)"),
        ("final/queries", np.arange(2), "its final AP is not complete (columns of different lengths)"),
        ("curve/examples", np.zeros((2, 1)), "column examples has 2 dimensions, allowed: 1"),
        ("curve/examples", 3.0, "column examples has 0 dimensions, allowed: 1"),
    ],
)
def test_uneven_columns_are_refused(path, name, column, said):
    def replace(file):
        if name in file:
            del file[name]
        file[name] = column

    assert said in refusal(sealed_copy(path, replace))


def test_a_run_that_is_done_has_a_checkpoint(path):
    def without(file):
        for name in list(file["curve"]):
            del file["curve"][name]

    assert refusal(sealed_copy(path, without)) == "its curve is not complete (it has no checkpoint)"


def test_costs_of_plug_ins_may_be_texts_and_numbers_of_any_type(tmp_path):
    costs = {"a": "é", "b": np.float32(0.5), "c": np.uint8(3), "d": True, "e": None, "f": 2**40}
    write_run(tmp_path / "run.h5", record(**costs))
    found = read_run(tmp_path / "run.h5").attributes
    assert [found[name] for name in costs] == ["é", 0.5, 3, True, "", 2**40]


def test_a_record_that_could_not_be_read_again_is_not_written(tmp_path):
    with pytest.raises(InputError, match="attribute bits is not a whole number"):
        write_run(tmp_path / "run.h5", record(bits="8"))
    with pytest.raises(InputError, match="z is not a column of numbers"):
        write_run(tmp_path / "run.h5", record(final={"z": np.zeros(2, complex)}))
    assert not list(tmp_path.iterdir())

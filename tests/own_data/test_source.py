"""Files of imported datasets: damage is found, and what is not one is refused."""

import h5py
import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.own_data.source import class_of_file, verify_file

from .conftest import imported

pytestmark = pytest.mark.usefixtures("own_folder")


def test_an_intact_file_passes():
    seen = imported()
    assert verify_file(seen.path) == seen.about


@pytest.mark.parametrize("array", ["features", "labels"])
def test_changed_numbers_are_found_by_verify_and_before_they_are_used(array, tmp_path):
    path = imported().path
    with h5py.File(path, "r+") as file:
        file[array][5] = 1
    with pytest.raises(InputError, match=f"mine.h5: .*its {array} do not match their checksum"):
        verify_file(path)
    with pytest.raises(InputError, match=f"its {array} do not match their checksum"):
        class_of_file(path)().load(tmp_path, tmp_path / "cache")


def test_a_changed_note_is_found():
    path = imported().path
    with h5py.File(path, "r+") as file:
        text = file["about"][()].tobytes().replace(b'"queries": 6', b'"queries": 7')
        file["about"][:] = np.frombuffer(text, np.uint8)
    with pytest.raises(InputError, match="mine.h5: damaged.*its note does not match its checksum"):
        class_of_file(path)


def fault_of(path, digest):
    """The complaint about a file, in a list; none if it is intact, and its content is that of the digest."""
    try:
        found = verify_file(path).digest
    except InputError as error:
        return [str(error)]
    return [] if found == digest else ["the digest is another one"]


def test_every_flipped_byte_is_found_or_changes_nothing(tmp_path):
    """Bytes that no array and no note depends on, such as unused space, may change."""
    path = imported().path
    whole, digest = path.read_bytes(), class_of_file(path).about.digest
    rng = np.random.default_rng(0)
    faults = []
    for place in rng.choice(len(whole), 60, replace=False).tolist():
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        faults += fault_of(path, digest)
    assert all(fault.startswith(str(path)) for fault in faults)
    assert faults


@pytest.mark.parametrize("kept", [0, 100, 2000])
def test_a_truncated_file_is_named(kept):
    path = imported().path
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"mine\.h5: damaged, or not what `datasets import` wrote"):
        class_of_file(path)


def test_a_renamed_file_is_refused():
    path = imported().path
    path.rename(path.with_name("other.h5"))
    with pytest.raises(InputError, match="the dataset in it is 'mine'"):
        class_of_file(path.with_name("other.h5"))


def test_a_dataset_that_is_imported_anew_is_not_mixed_with_the_old_one(tmp_path):
    old = class_of_file(imported().path)
    imported(labels=None, replace=True)
    with pytest.raises(InputError, match="--dataset: mine was imported anew in the meantime"):
        old().load(tmp_path, tmp_path / "cache")

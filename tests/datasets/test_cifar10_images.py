"""The images of CIFAR-10 in each published form, packed and unpacked, and damaged ones."""

import hashlib
import tarfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from mihash_bench.datasets import _cifar10_forms
from mihash_bench.datasets._cifar10_forms import FORMS, Form
from mihash_bench.datasets.cifar10_images import Cifar10Images
from mihash_bench.errors import InputError
from tests.datasets.cifar10_batches import form_named, images_and_labels, write_archive, write_batches
from tests.datasets.test_plain_pickle import python2

NAMES = [form.name for form in FORMS]
BINARY = form_named("binary")


def load(folder: Path):
    return Cifar10Images().load(folder, folder / "cache")


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load(folder)
    said = str(caught.value)
    assert "\n" not in said
    return said


def check(folder: Path) -> None:
    dataset = load(folder)
    batches = images_and_labels()
    assert dataset.has_images
    assert isinstance(dataset.features, np.memmap)
    assert dataset.features.dtype == np.uint8
    np.testing.assert_array_equal(dataset.features, np.concatenate([images for images, _ in batches.values()]))
    np.testing.assert_array_equal(dataset.labels, np.concatenate([labels for _, labels in batches.values()]))
    np.testing.assert_array_equal(dataset.query, np.arange(60) >= 50)
    assert Cifar10Images.is_present(folder)


@pytest.mark.parametrize("name", NAMES)
def test_batches_in_the_folder_itself_are_read(name: str, tmp_path: Path) -> None:
    check(write_batches(tmp_path, form_named(name)))


@pytest.mark.parametrize("name", NAMES)
def test_batches_in_the_published_folder_are_read(name: str, tmp_path: Path) -> None:
    form = form_named(name)
    write_batches(tmp_path / form.folder, form)
    check(tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_an_archive_is_read_without_unpacking_it_into_the_folder(name: str, tmp_path: Path) -> None:
    form = form_named(name)
    write_archive(tmp_path / "made", form)
    (tmp_path / "made" / form.archive).rename(tmp_path / form.archive)
    check(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"made", form.archive, "cache"}


def test_an_archive_is_compared_with_the_published_checksum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_archive(tmp_path, BINARY)
    md5 = hashlib.md5((folder / BINARY.archive).read_bytes()).hexdigest()
    said = Cifar10Images.origin(folder)
    assert f"is not the published archive (its MD5 is {md5}, that of the page is {BINARY.md5})" in said
    monkeypatch.setattr(_cifar10_forms, "FORMS", (replace(BINARY, md5=md5),))
    assert f"is the published archive (MD5 {md5})" in Cifar10Images.origin(folder)


def test_unpacked_batches_have_no_published_checksum(tmp_path: Path) -> None:
    assert "there is no published checksum" in Cifar10Images.origin(write_batches(tmp_path, BINARY))


def test_changed_images_are_prepared_anew(tmp_path: Path) -> None:
    before = load(write_batches(tmp_path, BINARY)).digest
    content = bytearray((tmp_path / "test_batch.bin").read_bytes())
    content[5] ^= 1
    (tmp_path / "test_batch.bin").write_bytes(content)
    after = load(tmp_path)
    assert after.digest != before
    assert (after.features[50] != images_and_labels()["test_batch"][0][0]).sum() == 1


def test_fewer_images_have_a_title_of_their_own(tmp_path: Path) -> None:
    assert Cifar10Images.title_of(load(write_batches(tmp_path, BINARY)).shape) == "CIFAR-10 images file, 60 x 3,072"


def test_without_images_the_error_says_where_they_are_published(tmp_path: Path) -> None:
    said = refusal(tmp_path)
    assert f"no CIFAR-10 images in {tmp_path}" in said
    assert all(form.archive in said for form in FORMS)
    assert "https://www.cs.toronto.edu/~kriz/cifar.html" in said


@pytest.mark.parametrize("gone", ["test_batch.bin", "data_batch_1.bin"])
def test_a_gap_in_the_batches_is_not_passed_over(gone: str, tmp_path: Path) -> None:
    (write_batches(tmp_path, BINARY) / gone).unlink()
    assert "no CIFAR-10 images" in refusal(tmp_path)


def _cut(path: Path, form: Form) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def _label_10(path: Path, form: Form) -> None:
    images, labels = images_and_labels()["test_batch"]
    planes, labels = images.reshape(len(images), -1), labels.astype(int) + 1
    if form.name == "binary":
        path.write_bytes(np.column_stack([labels.astype(np.uint8), planes]).tobytes())
    elif form.name == "python":
        python2({"data": planes, "labels": labels.tolist()}, path)
    else:
        scipy.io.savemat(path, {"data": planes, "labels": labels[:, None]})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("damage", [_cut, _label_10])
def test_damaged_batches_are_refused_by_name(name, damage, tmp_path: Path) -> None:
    form = form_named(name)
    path = write_batches(tmp_path, form) / f"test_batch{form.suffix}"
    damage(path, form)
    assert str(path) in refusal(tmp_path)


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    form = form_named("python")
    write_batches(tmp_path, form)
    python2({"data": np.zeros((10, 27), np.uint8), "labels": [0] * 10}, tmp_path / "test_batch")
    assert "shape (10, 27) (allowed: uint8, n x 3,072)" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"no archive", None])
def test_a_damaged_archive_is_refused_by_name(content: bytes | None, tmp_path: Path) -> None:
    write_archive(tmp_path / "made", BINARY)
    whole = (tmp_path / "made" / BINARY.archive).read_bytes()
    (tmp_path / BINARY.archive).write_bytes(content or whole[: len(whole) // 2])
    assert f"{BINARY.archive}: not a readable tar archive, or truncated" in refusal(tmp_path)


def test_an_archive_without_a_batch_is_refused_and_no_member_leaves_its_place(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / BINARY.archive, "w:gz") as packed:
        member = tarfile.TarInfo("../../outside/data_batch_1.bin")
        member.size = 4
        packed.addfile(member, BytesIO(b"evil"))
    assert "has no data_batch_1.bin or test_batch" in refusal(tmp_path)
    assert not list(tmp_path.parent.parent.glob("outside"))

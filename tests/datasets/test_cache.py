import hashlib
import json
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from mihash_bench.datasets._source_digest import _sealed, identity
from mihash_bench.datasets.base import RawData
from mihash_bench.datasets.cifar10 import Cifar10
from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.errors import InputError
from tests.datasets.conftest import Given, cifar10_content, given

pytestmark = pytest.mark.usefixtures("small_files")

X = np.random.default_rng(0).random((8, 4))


def folder_of(cache: Path) -> Path:
    (folder,) = (path for path in cache.iterdir() if not path.name.startswith("."))
    return folder


def files_of(cache: Path) -> list[tuple[str, int, int]]:
    files = sorted(folder_of(cache).iterdir())
    return [(path.name, path.stat().st_ino, path.stat().st_mtime_ns) for path in files]


def test_a_dataset_is_prepared_once(tmp_path: Path) -> None:
    source = given(X, labels=np.arange(8) % 2)
    first = source.load(tmp_path, tmp_path)
    before = files_of(tmp_path)
    second = source.load(tmp_path, tmp_path)
    assert (source.reads, files_of(tmp_path)) == (1, before)
    np.testing.assert_array_equal(first.features, second.features)
    np.testing.assert_array_equal(first.labels, second.labels)
    assert first.digest == second.digest


def test_labels_and_fixed_queries_are_kept(tmp_path: Path) -> None:
    query = np.arange(8) < 3
    dataset = given(X, labels=np.arange(8)[:, None], query=query).load(tmp_path, tmp_path)
    np.testing.assert_array_equal(dataset.labels, np.arange(8))
    np.testing.assert_array_equal(dataset.query, query)


def test_labels_and_queries_that_a_dataset_lacks_are_none(tmp_path: Path) -> None:
    dataset = given(X).load(tmp_path, tmp_path)
    assert dataset.labels is None
    assert dataset.query is None


def truncate(folder: Path) -> None:
    with (folder / "features.npy").open("r+b") as file:
        file.truncate(100)


def overwrite_header(folder: Path) -> None:
    path = folder / "features.npy"
    path.write_bytes(b"?" * path.stat().st_size)


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "features truncated": truncate,
    "features overwritten": overwrite_header,
    "features missing": lambda folder: (folder / "features.npy").unlink(),
    "labels missing": lambda folder: (folder / "labels.npy").unlink(),
    "meta missing": lambda folder: (folder / "meta.json").unlink(),
    "meta truncated": lambda folder: (folder / "meta.json").write_text("{"),
    "meta without names": lambda folder: (folder / "meta.json").write_text("[]"),
    "meta without entries": lambda folder: (folder / "meta.json").write_text("{}"),
    "meta of another dataset": lambda folder: (folder / "meta.json").write_text(json.dumps({"digest": "0" * 64})),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_folder_is_prepared_again(tmp_path: Path, damage: str) -> None:
    source = given(X, labels=np.arange(8))
    whole = np.array(source.load(tmp_path, tmp_path).features)
    DAMAGE[damage](folder_of(tmp_path))
    dataset = source.load(tmp_path, tmp_path)
    assert source.reads == 2
    np.testing.assert_array_equal(dataset.features, whole)
    np.testing.assert_array_equal(dataset.labels, np.arange(8))


@pytest.fixture
def at_most_a_minute() -> Iterator[None]:
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waits without end"))
    signal.alarm(60)
    yield
    signal.alarm(0)


@pytest.mark.usefixtures("at_most_a_minute")
@pytest.mark.parametrize("name", ["meta.json", "features.npy", "labels.npy"])
def test_a_folder_with_a_fifo_is_prepared_again(tmp_path: Path, name: str) -> None:
    source = given(X, labels=np.arange(8))
    source.load(tmp_path, tmp_path)
    (folder_of(tmp_path) / name).unlink()
    os.mkfifo(folder_of(tmp_path) / name)
    np.testing.assert_array_equal(source.load(tmp_path, tmp_path).labels, np.arange(8))
    assert (folder_of(tmp_path) / name).is_file()


def test_only_the_prepared_folder_is_left(tmp_path: Path) -> None:
    source = given(X)
    folder = Path(tmp_path, f"given-{source.digest([])[:16]}")
    (tmp_path / f".{folder.name}.1.tmp").mkdir()  # left by a process that was killed
    source.load(tmp_path, tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir() and path.name != ".locks"] == [folder.name]


def load_together(barrier: Barrier, cache: Path) -> None:
    barrier.wait()
    features = Synthetic(n=20_000, d=16).load(cache, cache).features
    (cache / f"seen-{os.getpid()}").write_text(str(features[-1].sum()))


def test_two_processes_at_the_same_time_prepare_one_folder(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    processes = [context.Process(target=load_together, args=(barrier, tmp_path)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    seen = [path.read_text() for path in tmp_path.glob("seen-*")]
    assert len(seen) == 2
    assert len(set(seen)) == 1
    assert len(list(tmp_path.glob("synthetic-*"))) == 1


def test_a_changed_source_file_is_prepared_again(cifar10_folder: Callable[..., Path]) -> None:
    folder = cifar10_folder()
    first = Cifar10().load(folder, folder / "cache")
    second = Cifar10().load(cifar10_folder(testLabels=np.full((4, 1), 9)), folder / "cache")
    assert first.digest != second.digest
    assert second.labels is not None
    np.testing.assert_array_equal(second.labels[4:], 9)


def other_file_of_equal_size_and_time(folder: Path, in_place: bool) -> None:
    """Replace the CIFAR-10 file by one with other labels, but the same size and modification time."""
    path = folder / "CIFAR10_VGG16_fc7.mat"
    stat = path.stat()
    content = cifar10_content() | {"testLabels": np.full((4, 1), 9, np.uint8)}
    scipy.io.savemat(folder / "other", content, appendmat=False)
    assert (folder / "other").stat().st_size == stat.st_size
    if in_place:
        path.write_bytes((folder / "other").read_bytes())
    else:
        (folder / "other").replace(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def uncompressed(folder: Path) -> Path:
    scipy.io.savemat(folder / "CIFAR10_VGG16_fc7.mat", cifar10_content())
    return folder


@pytest.mark.parametrize("in_place", [True, False])
def test_another_file_of_equal_size_and_time_gets_a_digest_of_its_own(tmp_path: Path, in_place: bool) -> None:
    folder = uncompressed(tmp_path)
    before = Cifar10().load(folder, folder / "cache")
    shutil.rmtree(folder_of(folder / "cache"))
    other_file_of_equal_size_and_time(folder, in_place)
    after = Cifar10().load(folder, folder / "cache")
    assert after.digest != before.digest
    assert after.labels is not None
    np.testing.assert_array_equal(after.labels[4:], 9)


def test_a_source_file_is_not_read_again_while_it_stays_as_it_is(
    cifar10_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = cifar10_folder()
    before = Cifar10().load(folder, folder / "cache").digest
    monkeypatch.setattr(hashlib, "file_digest", None)  # calling it would fail
    assert Cifar10().load(folder, folder / "cache").digest == before


def flipped(position: int) -> Callable[[Path], Any]:
    def damage(note: Path) -> None:
        content = bytearray(note.read_bytes())
        content[position] ^= 1
        note.write_bytes(content)

    return damage


def replace_by(make: Callable[[Path], Any]) -> Callable[[Path], Any]:
    def damage(note: Path) -> None:
        note.unlink()
        make(note)

    return damage


NOTE_DAMAGE: dict[str, Callable[[Path], Any]] = {
    "first byte": flipped(0),
    "last byte of the digest": flipped(63),
    "byte between": flipped(64),
    "byte of the checksum": flipped(65),
    "last byte": flipped(-1),
    "empty": lambda note: note.write_bytes(b""),
    "too short": lambda note: note.write_bytes(note.read_bytes()[:64]),
    "too long": lambda note: note.write_bytes(note.read_bytes() * 2),
    "another digest": lambda note: note.write_text("0" * 64),
    "not ASCII": lambda note: note.write_bytes(b"\xff" * 130),
    "a folder": replace_by(Path.mkdir),
    "a named pipe": replace_by(os.mkfifo),
    "a link to itself": replace_by(lambda note: note.symlink_to(note)),
    "missing": Path.unlink,
}


@pytest.mark.parametrize("damage", NOTE_DAMAGE)
def test_a_damaged_note_of_a_digest_is_ignored(cifar10_folder: Callable[..., Path], damage: str) -> None:
    folder = cifar10_folder()
    before = Cifar10().load(folder, folder / "cache").digest
    (note,) = (folder / "cache" / ".digests").iterdir()
    sound = note.read_bytes()
    NOTE_DAMAGE[damage](note)
    assert Cifar10().load(folder, folder / "cache").digest == before
    assert note.is_dir() or note.read_bytes() == sound
    assert [path.name for path in note.parent.iterdir()] == [note.name]


def test_a_folder_of_notes_that_cannot_be_used_is_ignored(cifar10_folder: Callable[..., Path]) -> None:
    folder = cifar10_folder()
    before = Cifar10().load(folder, folder / "cache").digest
    shutil.rmtree(folder / "cache" / ".digests")
    (folder / "cache" / ".digests").write_text("")
    assert Cifar10().load(folder, folder / "cache").digest == before


def test_a_note_that_is_sound_but_wrong_does_not_outlive_preparing_the_dataset_again(tmp_path: Path) -> None:
    folder = uncompressed(tmp_path)
    before = Cifar10().load(folder, folder / "cache")
    path = folder / "CIFAR10_VGG16_fc7.mat"
    (note,) = (folder / "cache" / ".digests").iterdir()
    note.write_bytes(_sealed(identity(path), "0" * 64))
    after = Cifar10().load(folder, folder / "cache")
    assert after.digest == before.digest
    assert Cifar10().load(folder, folder / "cache").digest == before.digest
    assert [each.name for each in (folder / "cache").glob("cifar10-*")] == [f"cifar10-{before.digest[:16]}"]


class Changing(Cifar10):
    """A dataset whose file is replaced while it is read, at the first ``times`` readings."""

    times = 1
    before_reading = False

    def read(self, data_dir: Path) -> Any:
        raw = None if self.before_reading else super().read(data_dir)
        if self.times:
            self.times -= 1
            content = cifar10_content() | {"testLabels": np.full((4, 1), self.times + 5, np.uint8)}
            scipy.io.savemat(data_dir / "new", content, appendmat=False)
            (data_dir / "new").replace(self.file(data_dir))
        return super().read(data_dir) if raw is None else raw


@pytest.mark.parametrize("before_reading", [True, False])
def test_a_file_that_changes_between_its_digest_and_its_reading_is_prepared_under_its_own_digest(
    tmp_path: Path, before_reading: bool
) -> None:
    source = Changing()
    source.before_reading = before_reading
    dataset = source.load(uncompressed(tmp_path), tmp_path / "cache")
    assert dataset.labels is not None
    np.testing.assert_array_equal(dataset.labels[4:], 5)
    assert dataset.digest == Cifar10().load(tmp_path, tmp_path / "fresh").digest
    assert len(list((tmp_path / "cache").glob("cifar10-*"))) == 1


def test_a_file_that_keeps_changing_is_refused(tmp_path: Path) -> None:
    source = Changing()
    source.times = 100
    with pytest.raises(InputError, match=r"^--data-dir: the files of cifar10 in .* change while they are read"):
        source.load(uncompressed(tmp_path), tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("cifar10-*"))
    assert source.times == 97


def test_a_cache_folder_that_cannot_be_created_is_refused_naming_its_option(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=f"--cache-dir: .*{tmp_path / 'file' / 'cache'}"):
        given(X).load(tmp_path, tmp_path / "file" / "cache")


def test_a_prepared_dataset_is_loaded_even_if_no_lock_can_be_created(tmp_path: Path) -> None:
    source = given(X)
    source.load(tmp_path, tmp_path)
    for lock in (tmp_path / ".locks").iterdir():
        lock.unlink()
    (tmp_path / ".locks").rmdir()
    (tmp_path / ".locks").write_text("")  # in place of a read-only cache, to which root could still write
    assert source.load(tmp_path, tmp_path).features.shape == (8, 4)


def test_a_source_file_that_cannot_be_read_is_not_blamed_on_the_cache(tmp_path: Path) -> None:
    (tmp_path / "CIFAR10_VGG16_fc7.mat").symlink_to("/proc/self/mem")  # opens, but every read fails
    with pytest.raises(InputError) as caught:
        Cifar10().load(tmp_path, tmp_path / "cache")
    assert "CIFAR10_VGG16_fc7.mat" in str(caught.value)
    assert "--cache-dir" not in str(caught.value)


def test_verifying_rebuilds_a_cache_whose_content_has_changed(tmp_path: Path) -> None:
    source = given(X, labels=np.arange(8) % 2)
    first = np.array(source.load(tmp_path, tmp_path).features)
    path = folder_of(tmp_path) / "features.npy"
    content = bytearray(path.read_bytes())
    content[-2] ^= 64
    path.write_bytes(content)
    assert not np.array_equal(source.load(tmp_path, tmp_path).features, first)
    np.testing.assert_array_equal(source.load(tmp_path, tmp_path, verify=True).features, first)
    assert source.reads == 2


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, "AttributeError: .*"),
        (RawData(4, 2, lambda: iter([np.full((4, 2), "a")]), None), "ValueError: could not convert .*"),
    ],
)
def test_a_dataset_of_another_package_that_cannot_be_read_is_one_line(tmp_path, raw, said):
    class Broken(Given):
        def read(self, data_dir):
            return raw

    with pytest.raises(InputError, match=rf"^--dataset: given cannot be read \({said}\)$"):
        Broken().load(tmp_path, tmp_path / "cache")


def test_a_dataset_of_another_package_cannot_end_the_command(tmp_path):
    class Leaving(Given):
        def read(self, data_dir):
            raise SystemExit(0)

    with pytest.raises(InputError, match=r"^--dataset: given cannot be read \(SystemExit: 0\)$"):
        Leaving().load(tmp_path, tmp_path / "cache")

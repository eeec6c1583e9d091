import json
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mihash_bench.datasets.cifar10 import Cifar10
from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.errors import InputError
from tests.datasets.conftest import given

X = np.random.default_rng(0).random((8, 4))


def folder_of(cache: Path) -> Path:
    (folder,) = (path for path in cache.iterdir() if not path.name.startswith("."))
    return folder


def identity(cache: Path) -> list[tuple[str, int, int]]:
    files = sorted(folder_of(cache).iterdir())
    return [(path.name, path.stat().st_ino, path.stat().st_mtime_ns) for path in files]


def test_a_dataset_is_prepared_once(tmp_path: Path) -> None:
    source = given(X, labels=np.arange(8) % 2)
    first = source.load(tmp_path, tmp_path)
    before = identity(tmp_path)
    second = source.load(tmp_path, tmp_path)
    assert (source.reads, identity(tmp_path)) == (1, before)
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


def test_the_digest_of_a_source_file_is_reused_while_size_and_time_stay(
    cifar10_folder: Callable[..., Path],
) -> None:
    folder = cifar10_folder()
    before = Cifar10().load(folder, folder / "cache").digest
    path = folder / "CIFAR10_VGG16_fc7.mat"
    stat = path.stat()
    path.write_bytes(bytes(stat.st_size))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert Cifar10().load(folder, folder / "cache").digest == before


def test_a_damaged_note_of_a_digest_is_ignored(cifar10_folder: Callable[..., Path]) -> None:
    folder = cifar10_folder()
    before = Cifar10().load(folder, folder / "cache").digest
    (note,) = (folder / "cache" / ".digests").iterdir()
    note.write_text("not a digest")
    assert Cifar10().load(folder, folder / "cache").digest == before
    assert len(note.read_text()) == 64


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

"""Loads input files that were damaged at random, with a fixed seed, and counts the outcomes.

Every file is loaded in a separate process, so that a crash loses only that file and a hanging process can be ended. The
outcomes are: refused with one line for the user, accepted with unchanged content, accepted with changed content that
obeys every rule (v5 files have no checksum), crash, hang, and silent acceptance of a file that breaks a rule of shape,
type, finiteness or labels, or whose stored checksum is wrong.
"""

import multiprocessing
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import h5py
import numpy as np
import scipy.io

from mihash_bench.datasets.base import Dataset, DatasetSource
from mihash_bench.datasets.cifar10 import Cifar10
from mihash_bench.datasets.labelme import LabelMe
from mihash_bench.errors import InputError
from mihash_bench.store.run_file import read_run
from tests.faults.patience import Patience

ROWS, D = 60, 6
PATIENCE = 30.0  # seconds for one file, as ``Patience`` counts them
GOLDEN_RUN = Path(__file__).parent.parent / "golden" / "run_schema_1.h5"


def cifar10_content() -> dict[str, Any]:
    """Return a small CIFAR-10 file's variables."""
    rng = np.random.default_rng(0)
    labels = (np.arange(ROWS) % 3).astype(np.uint8)[:, None]
    parts = {name: rng.random((ROWS, D), np.float32) for name in ("trainCNN", "testCNN")}
    return {**parts, "trainLabels": labels, "testLabels": labels}


def write_v5(path: Path) -> None:
    """Uncompressed, as MATLAB v6 writes it."""
    scipy.io.savemat(path, cifar10_content(), do_compression=False)


def write_v7(path: Path) -> None:
    """Compressed."""
    scipy.io.savemat(path, cifar10_content(), do_compression=True)


def write_v73(path: Path) -> None:
    """HDF5 behind a user block, stored by columns, in chunks."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in cifar10_content().items():
            file.create_dataset(name, data=np.ascontiguousarray(value.T), chunks=(1, 20), compression="gzip")


def write_gist(path: Path) -> None:
    """LabelMe's: one variable, no labels."""
    scipy.io.savemat(path, {"gist": np.random.default_rng(1).random((ROWS, D), np.float32)})


@dataclass(frozen=True)
class Kind:
    """A kind of file: functions that create it, load it and return its content for the program."""

    name: str
    file: str
    write: Callable[[Path], None]
    load: Callable[[Path], Any]


def _loaded(source: DatasetSource, folder: Path, *, verify: bool = False) -> Any:
    """Load a file that is too small to be the dataset's own."""
    with mock.patch.object(type(source), "content", None):
        return _content(source.load(folder, folder / "cache", verify=verify))


def _load_cifar10(folder: Path) -> Any:
    return _loaded(Cifar10(), folder)


def _load_labelme(folder: Path) -> Any:
    return _loaded(LabelMe(), folder)


def _content(dataset: Dataset) -> dict[str, Any]:
    rows, labels = np.array(dataset.features), dataset.labels
    lengths = np.linalg.norm(rows, axis=1)
    if rows.ndim != 2 or rows.dtype != np.float32 or not np.isfinite(rows).all():
        raise SilentError(f"features {rows.dtype} {rows.shape}")
    if not ((np.abs(lengths - 1) < 1e-3) | (lengths == 0)).all():
        raise SilentError("rows that are not of unit length")
    if labels is not None and (len(labels) != len(rows) or labels.dtype not in (np.int64, np.uint8)):
        raise SilentError(f"labels {labels.dtype} {labels.shape}")
    return {"features": rows, "labels": labels}


def _load_run(folder: Path) -> Any:
    record = read_run(folder / "run.h5")
    return {**record.attributes, **record.curve, **record.trigger, **record.final}


def _load_prepared(folder: Path) -> Any:
    """Load from a damaged cache, which must give the same content as an intact one."""
    return _loaded(Cifar10(), folder, verify=True)


class SilentError(Exception):
    """An accepted file breaks a rule."""


KINDS = (
    Kind("v5", "CIFAR10_VGG16_fc7.mat", write_v5, _load_cifar10),
    Kind("v7", "CIFAR10_VGG16_fc7.mat", write_v7, _load_cifar10),
    Kind("v7.3", "CIFAR10_VGG16_fc7.mat", write_v73, _load_cifar10),
    Kind("labelme", "LabelMe_GIST.mat", write_gist, _load_labelme),
    Kind("run file", "run.h5", lambda path: shutil.copy(GOLDEN_RUN, path), _load_run),
)


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Return the bytes with one or a few faults: cut, flipped, zeroed, doubled, or with an absurd number."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(len(data))) if rng.random() < 0.6 else int(rng.integers(min(1024, len(data))))
        length = int(min(len(data) - at, rng.integers(1, 64)))
        what = rng.integers(6)
        if what == 0:
            data = data[: max(1, at)]
        elif what == 1:
            data[at] ^= 1 << int(rng.integers(8))
        elif what == 2:
            data[at : at + length] = bytes(length)
        elif what == 3:
            data[at:at] = data[at : at + length]
        elif what == 4:
            data[at : at + length] = rng.bytes(length)
        else:
            data[at : at + 4] = b"\xff\xff\xff\x7f"[: len(data) - at]
    return bytes(data)


@dataclass
class Report:
    """The figures of a round, and findings to inspect."""

    tried: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    worrying: list[str] = field(default_factory=list)

    def note(self, outcome: str, what: str) -> None:
        """Count an outcome."""
        self.tried += 1
        self.counts[outcome] += 1
        if outcome in ("crash", "hang", "silent", "traceback"):
            self.worrying.append(f"{outcome}: {what}")

    def __str__(self) -> str:
        """Return the figures in one line."""
        names = ("refused", "same content", "other content", "traceback", "crash", "hang", "silent")
        return f"files tried {self.tried}: " + ", ".join(f"{name} {self.counts[name]}" for name in names)


def _judge(kind: Kind, folder: Path, expected: Any) -> str:
    try:
        found = kind.load(folder)
    except InputError as error:
        return "refused" if "\n" not in str(error).strip() else "traceback several lines"
    except SilentError as error:
        return f"silent {error}"
    except Exception as error:  # noqa: BLE001 - what is looked for
        return f"traceback {type(error).__name__}: {error}"
    return "same content" if _equal(found, expected) else "other content"


def _equal(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k], equal_nan=_floats(a[k])) for k in a)


def _floats(value: Any) -> bool:
    return getattr(value, "dtype", None) is not None and value.dtype.kind == "f"


def _serve(kind_name: str, folder: Path, pipe: Any) -> None:
    """Judge one file after another until none is left."""
    kind = next(kind for kind in KINDS if kind.name == kind_name)
    whole = folder / "whole"
    whole.mkdir()
    kind.write(whole / kind.file)
    expected = kind.load(whole)
    while (number := pipe.recv()) is not None:
        shutil.rmtree(folder / "cache", ignore_errors=True)
        outcome = _judge(kind, folder, expected)
        if kind.name == "run file" and outcome in ("same content", "other content"):
            # Its checksum covers every byte: whatever was changed, it cannot have been accepted.
            outcome = f"silent accepted after damage {number}"
        pipe.send(outcome)


class Judge:
    """A process that judges files of one kind. It is replaced if it crashes or hangs."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.process: Any = None

    def _start(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        context = multiprocessing.get_context("forkserver")
        self.pipe, there = context.Pipe()
        self.process = context.Process(target=_serve, args=(self.kind.name, self.folder, there), daemon=True)
        self.process.start()
        there.close()

    def __call__(self, content: bytes, number: int) -> str:
        """Return what becomes of a file with this content."""
        if self.process is None:
            self._start()
        (self.folder / self.kind.file).write_bytes(content)
        self.pipe.send(number)
        patience = Patience(self.process.pid, PATIENCE)
        try:
            while not self.pipe.poll(0.2):
                if patience.is_over():
                    break
            else:
                return str(self.pipe.recv())
            outcome = "hang"
        except EOFError:
            outcome = "crash"
        self.close()
        return outcome

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.process = None


def try_files(count: int, folder: Path, seed: int = 0) -> Report:
    """Damage ``count`` files of all kinds in turn and load each."""
    folder.mkdir(parents=True, exist_ok=True)
    report = Report()
    judges = [Judge(kind, folder / kind.name.replace(" ", "-")) for kind in KINDS]
    for (number, rng), judge in zip(_rounds(count, seed), _cycle(judges), strict=False):
        source = folder / f"base-{judge.kind.name}"
        if not source.exists():
            judge.kind.write(source)
        content = source.read_bytes()
        broken = damaged(content, rng)
        if broken == content:
            continue
        outcome = judge(broken, number)
        report.note(_class(outcome), f"{judge.kind.name} {number}: {outcome}")
    for judge in judges:
        judge.close()
    return report


def _class(outcome: str) -> str:
    return next((name for name in ("silent", "traceback") if outcome.startswith(name)), outcome)


def _rounds(count: int, seed: int) -> Iterator[tuple[int, np.random.Generator]]:
    for number in range(count):
        yield number, np.random.default_rng([seed, number])


def _cycle(judges: list[Judge]) -> Iterator[Judge]:
    while True:
        yield from judges


def try_caches(count: int, folder: Path, seed: int = 1) -> Report:
    """Damage a prepared cache repeatedly. It must be rebuilt with the same content each time."""
    report = Report()
    source = folder / "data"
    source.mkdir(parents=True)
    write_v7(source / "CIFAR10_VGG16_fc7.mat")
    expected = _load_prepared(source)
    for number, rng in _rounds(count, seed):
        (prepared,) = (path for path in (source / "cache").iterdir() if path.is_dir() and path.name[0] != ".")
        names = sorted(path.name for path in prepared.iterdir())
        victim = prepared / names[int(rng.integers(len(names)))]
        victim.write_bytes(damaged(victim.read_bytes(), rng))
        try:
            outcome = "same content" if _equal(_load_prepared(source), expected) else "silent other content"
        except Exception as error:  # noqa: BLE001 - what is looked for
            outcome = f"traceback {type(error).__name__}: {error}"
        report.note(_class(outcome), f"cache {number} {victim.name}: {outcome}")
    return report

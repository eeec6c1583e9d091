"""Where the images of CIFAR-10 are: in one of the three forms in which they are published, packed or unpacked."""

import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mihash_bench.errors import InputError
from mihash_bench.text import one_line

PAGE = "https://www.cs.toronto.edu/~kriz/cifar.html"
TRAINING = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST = "test_batch"
# A batch of the authors takes 31 MB at most.
MOST_BYTES = 1 << 30


@dataclass(frozen=True)
class Form:
    """A form in which the images are published: its archive with the MD5 of the page, its folder and file names."""

    name: str
    archive: str
    md5: str
    folder: str
    suffix: str


FORMS = (
    Form("binary", "cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530", "cifar-10-batches-bin", ".bin"),
    Form("python", "cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a", "cifar-10-batches-py", ""),
    Form("MATLAB", "cifar-10-matlab.tar.gz", "70270af85842c9e89bb428ec9976c926", "cifar-10-batches-mat", ".mat"),
)


@dataclass(frozen=True)
class Found:
    """The images in a folder of data files: their form and their files, which are the batches or one archive."""

    form: Form
    paths: tuple[Path, ...]

    @property
    def is_archive(self) -> bool:
        """Whether the only file is an archive."""
        return self.paths[0].name == self.form.archive

    @property
    def origin(self) -> str:
        """What is known about the origin: whether an archive is the one that is published."""
        if not self.is_archive:
            return f"{self.form.name} batches in {self.paths[0].parent}; there is no published checksum of them"
        with self.paths[0].open("rb") as file:
            md5 = hashlib.file_digest(file, "md5").hexdigest()
        if md5 == self.form.md5:
            return f"{self.paths[0]} is the published archive (MD5 {md5})"
        return f"{self.paths[0]} is not the published archive (its MD5 is {md5}, that of the page is {self.form.md5})"

    @contextmanager
    def batches(self) -> Iterator[tuple[list[Path], Path]]:
        """Yield the files of the training images and that of the test images; an archive is unpacked for the time.

        Raises InputError, naming the file, if an archive cannot be read or lacks a batch.
        """
        if not self.is_archive:
            yield list(self.paths[:-1]), self.paths[-1]
            return
        with tempfile.TemporaryDirectory(prefix="mihash-bench-") as folder:
            _unpack(self.paths[0], self.form, Path(folder))
            found = _batches_in(Path(folder), self.form)
            if found is None:
                raise InputError(f"{self.paths[0]}: it has no {TRAINING[0]}{self.form.suffix} or {TEST} in it")
            yield list(found[:-1]), found[-1]


def find_images(data_dir: Path) -> Found | None:
    """Return the images in a folder: batches in it, then batches in a folder of the published name, then archives."""
    for form in FORMS:
        for folder in (data_dir, data_dir / form.folder):
            if paths := _batches_in(folder, form):
                return Found(form, paths)
    for form in FORMS:
        if (path := data_dir / form.archive).is_file():
            return Found(form, (path,))
    return None


def _batches_in(folder: Path, form: Form) -> tuple[Path, ...] | None:
    """Return the files of training batches, from the first one on without a gap, and of test images; None if none."""
    test = folder / f"{TEST}{form.suffix}"
    training = [path for name in TRAINING if (path := folder / f"{name}{form.suffix}").is_file()]
    without_gap = [path.stem for path in training] == list(TRAINING[: len(training)])
    return (*training, test) if training and without_gap and test.is_file() else None


def _unpack(archive: Path, form: Form, folder: Path) -> None:
    wanted = {f"{name}{form.suffix}" for name in (*TRAINING, TEST)}
    try:
        with tarfile.open(archive, "r:gz") as packed:
            for member in packed:
                name = Path(member.name).name
                if name in wanted and member.isreg():
                    _copy(packed, member, folder / name, archive)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise InputError(
            f"--data-dir: {archive}: not a readable tar archive, or truncated ({one_line(error)})"
        ) from None


def _copy(packed: tarfile.TarFile, member: tarfile.TarInfo, path: Path, archive: Path) -> None:
    if member.size > MOST_BYTES:
        raise InputError(f"--data-dir: {archive}: {member.name} has {member.size:,} bytes (allowed: {MOST_BYTES:,})")
    content = packed.extractfile(member)
    if content is not None:
        with content, path.open("wb") as file:
            shutil.copyfileobj(content, file)

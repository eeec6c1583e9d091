"""The disk of the results folder, the cache of prepared datasets, and the temporary folder."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from mihash_bench.doctor.finding import Finding
from mihash_bench.errors import InputError
from mihash_bench.text import message_of

GIB = 2**30
LEAST_FREE = GIB // 2
LOCAL = "name a folder on a local disk with -o"


def nearest_folder(path: Path) -> Path:
    """Return a path if it exists, otherwise the nearest of the folders above it."""
    absolute = path.absolute()
    return next(each for each in (absolute, *absolute.parents) if each.exists())


def check_results_disk(results: Path) -> Iterator[Finding]:
    """Report whether locks and replacing files work where the results are written. Nothing is left behind."""
    from mihash_bench.store.layout import check_writable

    try:
        check_writable(results)
    except InputError as error:
        said = str(error).removeprefix("-o: ")
        yield Finding("results folder", "broken", said, "name another folder with -o, or change its permissions")
        return
    nearest = nearest_folder(results)
    yield _space(
        "results folder", nearest, str(results) if results.exists() else f"{results}, which does not exist yet"
    )
    with tempfile.TemporaryDirectory(dir=nearest, prefix=".doctor-") as folder:
        yield _locks(Path(folder) / "lock")
        yield _replacing(Path(folder) / "file")


def _locks(path: Path) -> Finding:
    from mihash_bench.store.lock import locked

    advice = f"{LOCAL}; without locks, two sweeps in one folder do the same runs twice"
    try:
        with locked(path), locked(path, give_up=lambda: True) as second:
            excluded = not second
    except OSError as error:
        return Finding("file locks", "broken", f"flock fails ({error.strerror})", advice)
    if not excluded:
        return Finding("file locks", "broken", "a lock is given twice", advice)
    return Finding("file locks", "ok", "a lock that is held is not given again")


def _replacing(path: Path) -> Finding:
    from mihash_bench.store.durable import flush
    from mihash_bench.store.output_file import written

    advice = f"{LOCAL}; otherwise a crash can leave half a run file"
    began = time.perf_counter()
    try:
        path.write_bytes(b"before")
        with path.open("rb") as before:
            with written(path) as file:
                file.write(b"after")
            flush(path)
            flush(path.parent)
            whole = (before.read(), path.read_bytes()) == (b"before", b"after")
    except OSError as error:
        return Finding("atomic rename", "broken", f"a file cannot be replaced ({error.strerror})", advice)
    if not whole:
        return Finding("atomic rename", "broken", "a file that is being read changes when it is replaced", advice)
    milliseconds = 1e3 * (time.perf_counter() - began)
    said = f"a file is replaced as a whole and reaches the disk in {milliseconds:.1f} ms"
    return Finding("atomic rename", "ok", said, facts={"milliseconds": milliseconds})


def check_cache(cache_dir: Path | None) -> Iterator[Finding]:
    """Report where prepared datasets are kept, how many there are, and whether the folder can be written to."""
    from mihash_bench.datasets.base import cache_place, default_cache_dir

    folder = cache_dir or default_cache_dir()
    prepared = [each.parent for each in folder.glob("*/meta.json")]
    size = sum(file.stat().st_size for each in prepared for file in each.iterdir() if file.is_file())
    facts = {"folder": str(folder), "datasets": len(prepared), "bytes": size}
    said = f"{folder}: {len(prepared)} prepared datasets, {size / 2**20:.0f} MiB"
    advice = "name a folder that can be written to with --cache-dir"
    if folder.exists() and not folder.is_dir():
        yield Finding("cache", "broken", f"{folder} is not a folder", advice, facts)
    elif not os.access(nearest_folder(folder), os.W_OK):
        yield Finding("cache", "broken", f"{said}; it cannot be written to", advice, facts)
    elif cache_dir is None and folder != cache_place():
        yield Finding("cache", "problem", f"{said}; {cache_place()} cannot be written to", advice, facts)
    else:
        yield Finding("cache", "ok", said, facts=facts)


def check_temporary() -> Iterator[Finding]:
    """Report the temporary folder, and whether it takes the sockets through which runs are started."""
    from mihash_bench.running.temporary import choose_temporary_folder

    advice = "set TMPDIR to a folder that exists and can be written to, with a path of at most 60 bytes"
    try:
        folder = Path(tempfile.gettempdir())
        choose_temporary_folder()
    except (OSError, InputError) as error:
        yield Finding("temporary folder", "broken", message_of(error), advice)
        return
    named = os.environ.get("TMPDIR")
    if named and Path(named) != folder:
        yield Finding("temporary folder", "problem", f"TMPDIR is {named}, but {folder} is used", advice)
    else:
        yield _space("temporary folder", folder, str(folder))


def _space(check: str, folder: Path, said: str) -> Finding:
    free = shutil.disk_usage(folder).free
    text, facts = f"{said}: {free / GIB:.1f} GiB are free", {"folder": str(folder), "free_bytes": free}
    if free < LEAST_FREE:
        return Finding(check, "problem", text, "free some space, or name a folder on another disk", facts)
    return Finding(check, "ok", text, facts=facts)

"""Run files that are sealed correctly and lie nevertheless, made of real ones.

Each variant changes a file, or puts something else in its place or beside it, and belongs to a class of attacks. What
is written with h5py is sealed again, so that the SHA-256 in front never gives it away.
"""

import hashlib
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from mihash_bench.settings.base import read_config
from mihash_bench.store.layout import run_path
from tests.faults.run_folders import Kind

USER_BLOCK = 512
MANY = 20_000
DEEP = 1_500
DONE = frozenset({"online", "batch", "old schema"})


@dataclass(frozen=True)
class Attack:
    """A variant of a file. make: changes the file at a path in a results folder and returns the hostile file's path.

    replaces: whether the real file is gone; otherwise it is still there, beside the hostile one. kinds: the kinds of
    runs on which it is tried. escapes: the file may be used if what it holds is escaped in every output. moved: only
    its place is wrong, so that a reader of single files, which may lie anywhere, may use it.
    """

    group: str
    name: str
    make: Callable[[Path, Path], Path]
    replaces: bool = True
    kinds: frozenset[str] = DONE | {"failed", "skipped"}
    escapes: bool = False
    moved: bool = False


def seal(path: Path) -> None:
    """Put the SHA-256 of the content in front of it."""
    rest = path.read_bytes()[USER_BLOCK:]
    block = b"mihash-bench run\nsha256 " + hashlib.sha256(rest).hexdigest().encode() + b"\n"
    path.write_bytes(block.ljust(USER_BLOCK, b"\0") + rest)


def edited(edit: Callable[[h5py.File], Any]) -> Callable[[Path, Path], Path]:
    """Return an attack that edits the file with h5py and seals it again."""

    def make(path: Path, results: Path) -> Path:
        with h5py.File(path, "r+") as file:
            edit(file)
        seal(path)
        return path

    return make


def attacks(kind: Kind, attributes: dict[str, Any]) -> list[Attack]:
    """Return all attacks on a kind of run whose file has these attributes."""
    makers = (_places, _keys, _curves, _snapshots, _attributes, _types, _texts, _links, _storage, _sizes, _settings,
              _configs, _files)  # fmt: skip
    return [attack for maker in makers for attack in maker(attributes) if kind.name in attack.kinds]


# Names and places


def _places(about: dict[str, Any]) -> Iterator[Attack]:
    name = f"{about['bits']}b-{about['trigger']}-t7-{about['key'][:8]}.h5"
    targets = {
        "another trial": lambda path: path.with_name(name),
        "another key": lambda path: path.with_name(f"8b-on-t0-{'0' * 8}.h5"),
        "any name": lambda path: path.with_name("copy.h5"),
        "another method": lambda path: path.parent.with_name("okh") / path.name,
        "a folder below": lambda path: path.parent / "old" / path.name,
        "the folder of all runs": lambda path: path.parents[3] / path.name,
    }
    for where, target in targets.items():
        yield Attack("place", f"copied to {where}", _moved(target, shutil.copy), replaces=False, moved=True)
    yield Attack("place", "renamed", _moved(targets["another trial"], shutil.move), moved=True)
    yield Attack(
        "place", "linked", _moved(targets["another trial"], lambda a, b: b.hardlink_to(a)), replaces=False, moved=True
    )
    yield Attack(
        "place", "symlinked", _moved(targets["any name"], lambda a, b: b.symlink_to(a)), replaces=False, moved=True
    )
    yield Attack("place", "copied and edited", _copied_and_edited, replaces=False, kinds=DONE)


def _moved(target: Callable[[Path], Path], how: Callable[[Path, Path], Any]) -> Callable[[Path, Path], Path]:
    def make(path: Path, results: Path) -> Path:
        there = target(path)
        there.parent.mkdir(parents=True, exist_ok=True)
        how(path, there)
        return there

    return make


def _copied_and_edited(path: Path, results: Path) -> Path:
    there = path.with_name("8b-on-t9-00000000.h5")
    shutil.copy(path, there)
    with h5py.File(there, "r+") as file:
        _replace(file, "curve/mAP", np.full(len(file["curve/mAP"]), 0.9))
        file.attrs["key"] = "0" * 64
    seal(there)
    return there


def _keys(about: dict[str, Any]) -> Iterator[Attack]:
    yield Attack("key", "another key", _with(key="f" * 64))
    yield Attack("key", "another key of the same beginning", _with(key=about["key"][:8] + "0" * 56))
    yield Attack("key", "an upper-case key", _with(key=about["key"].upper()))
    yield Attack("key", "another digest", _with(dataset_digest="0" * 64))
    yield Attack("key", "another version", _with(method_version=int(about["method_version"]) + 1))
    for name in ("bits", "trial"):
        yield Attack("key", f"another {name}", _with(**{name: int(about[name]) + 1}))
    for name in ("method", "dataset", "trigger", "setting"):
        yield Attack("key", f"another {name}", _with(**{name: "other"}))
    for name, value in (("seed", 5), ("bits", 16), ("method", "okh"), ("checkpoints", 9)):
        text = json.dumps({**json.loads(about["config"]), name: value}, sort_keys=True, separators=(",", ":"))
        yield Attack("key", f"a config with another {name}", _with(config=text))


def _with(**values: Any) -> Callable[[Path, Path], Path]:
    return edited(lambda file: file.attrs.update(values))


# Curves and snapshots


def _curves(about: dict[str, Any]) -> Iterator[Attack]:
    changes: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "last mAP higher": ("curve/mAP", lambda old: np.append(old[:-1], old[-1] + 0.1)),
        "all mAP higher": ("curve/mAP", lambda old: old + 0.3),
        "mAP of 0.9": ("curve/mAP", lambda old: np.full(len(old), 0.9)),
        "mAP NaN at the end": ("curve/mAP", lambda old: np.append(old[:-1], np.nan)),
        "mAP all NaN": ("curve/mAP", lambda old: np.full(len(old), np.nan)),
        "mAP shorter": ("curve/mAP", lambda old: old[:-1]),
        "mAP longer": ("curve/mAP", lambda old: np.append(old, old[-1])),
        "mAP in two columns": ("curve/mAP", lambda old: np.stack([old, old], axis=1)),
        "mAP a single number": ("curve/mAP", lambda old: np.float64(0.9)),
        "mAP complex": ("curve/mAP", lambda old: old.astype(complex)),
        "AP higher": ("final/ap_expected", lambda old: np.minimum(1.0, old + 0.1)),
        "AP of 0": ("final/ap_expected", np.zeros_like),
        "AP NaN": ("final/ap_expected", lambda old: np.full(len(old), np.nan)),
        "AP of some queries": ("final/ap_expected", lambda old: np.full(len(old) - 1, old.mean())),
        "AP of no query": ("final/ap_expected", lambda old: old[:0]),
        "AP a single number": ("final/ap_expected", lambda old: old.mean()),
        "queries missing": ("final/queries", lambda old: old[:-1]),
        "queries text": ("final/queries", lambda old: old.astype("S8")),
        "examples shorter": ("curve/examples", lambda old: old[:-1]),
        "examples NaN": ("curve/examples", lambda old: np.full(len(old), np.nan)),
        "examples decreasing": ("curve/examples", lambda old: old[::-1].copy()),
        "examples repeated": ("curve/examples", lambda old: np.full(len(old), old[-1])),
        "examples text": ("curve/examples", lambda old: old.astype("S8")),
        "updates decreasing": ("curve/updates", lambda old: np.arange(len(old))[::-1].copy()),
        "updates shorter": ("curve/updates", lambda old: old[:-1]),
    }
    for name, (column, change) in changes.items():
        yield Attack("curve", name, _column(column, change), kinds=DONE)
    yield Attack("curve", "AP above 1, with a matching mAP", edited(_above_one), kinds=DONE)
    yield Attack("curve", "empty columns", edited(_empty), kinds=DONE)
    yield Attack("curve", "no columns", edited(_no_columns), kinds=DONE)
    for column in ("curve/examples", "curve/mAP", "curve/train_s", "final/ap_expected", "final/queries", "curve"):
        yield Attack("curve", f"{column} missing", edited(lambda file, column=column: file.__delitem__(column)),
                     kinds=DONE)  # fmt: skip


def _replace(file: h5py.File, name: str, value: Any) -> None:
    del file[name]
    file[name] = value


def _column(name: str, change: Callable[[Any], Any]) -> Callable[[Path, Path], Path]:
    return edited(lambda file: _replace(file, name, change(file[name][()])))


def _above_one(file: h5py.File) -> None:
    _replace(file, "final/ap_expected", np.full(len(file["final/ap_expected"]), 5.0))
    _replace(file, "curve/mAP", np.append(file["curve/mAP"][:-1], 5.0))


def _empty(file: h5py.File) -> None:
    for name in list(file["curve"]):
        _replace(file, f"curve/{name}", file[f"curve/{name}"][:0])


def _no_columns(file: h5py.File) -> None:
    for name in list(file["curve"]):
        del file[f"curve/{name}"]


def _snapshots(about: dict[str, Any]) -> Iterator[Attack]:
    changes: dict[str, Callable[[Any], Any]] = {
        "twice the bits": lambda W: np.hstack([W, W]),
        "one bit": lambda W: W[:, :1],
        "no bits": lambda W: W[:, :0],
        "a vector": lambda W: W[:, 0],
        "three dimensions": lambda W: W[None],
    }
    for name, change in changes.items():
        yield Attack("snapshot", name, _column("final/W", change), kinds=DONE)
    yield Attack("snapshot", "missing", edited(lambda file: file.__delitem__("final/W")), kinds=DONE)


# Attributes

READ = (
    "setting", "dataset", "method", "variant", "bits", "trigger", "trial", "status", "protocol", "reason", "started",
    "key", "method_title", "dataset_title", "method_version", "dataset_digest", "config", "metrics", "traceback",
)  # fmt: skip
NUMBERS = frozenset({"bits", "trial", "method_version"})


def _attributes(about: dict[str, Any]) -> Iterator[Attack]:
    for name in READ:
        yield Attack("missing attribute", name, edited(lambda file, name=name: file.attrs.__delitem__(name)))
    schemas = {
        "0": 0,
        "-1": -1,
        "99": 99,
        "text": "2",
        "NaN": np.nan,
        "True": True,
        "array": [1, 2],
        "none": h5py.Empty("f"),
    }
    for name, value in schemas.items():
        yield Attack("schema", name, _with(schema=value))
    yield Attack("schema", "missing", edited(lambda file: file.attrs.__delitem__("schema")))
    for status in ("finished", "DONE", "", "done ", "interrupted", "done\0"):
        made = edited(lambda file, status=status: _text(file, "status", status))
        yield Attack("status", repr(status), made)


def _text(file: h5py.File, name: str, value: str) -> None:
    """Store a text of fixed length, which may hold NUL."""
    with suppress(KeyError):
        del file.attrs[name]
    raw = value.encode("utf-8", "surrogatepass")
    file.attrs.create(name, np.bytes_(raw + b"x"), dtype=h5py.string_dtype("utf-8", len(raw) + 1))
    file.attrs.modify(name, np.array(raw, h5py.string_dtype("utf-8", len(raw) + 1)))


def _types(about: dict[str, Any]) -> Iterator[Attack]:
    for name in about:
        if name != "schema":
            yield Attack("type", f"{name} an array", _with(**{name: np.arange(3)}))
    for name in READ:
        texts = not isinstance(about[name], int | float) or isinstance(about[name], bool)
        wrong: dict[str, Any] = {"a number": 3.5, "NaN": np.nan} if texts else {"text": str(about[name]), "2.5": 2.5}
        wrong |= {"nothing": h5py.Empty("f"), "texts": ["a", "b"], "complex": 1j, "True": True}
        for what, value in wrong.items():
            yield Attack("type", f"{name} {what}", _with(**{name: value}))
        yield Attack("type", f"{name} not UTF-8", _with(**{name: np.bytes_(b"\xff\xfe")}))
        if name in NUMBERS:
            yield Attack("type", f"{name} LaTeX", _with(**{name: "\\input{secret}"}))
            yield Attack("type", f"{name} with ESC", _with(**{name: "8\x1b[2J"}))
            yield Attack("type", f"{name} with NUL", edited(lambda file, name=name: _text(file, name, "8\0 9")))
    yield Attack("type", "a compound attribute", _with(reason=np.array((1, 2.0), [("a", "i4"), ("b", "f8")])))
    yield Attack(
        "type", "a reference", edited(lambda file: file.attrs.create("reason", file.ref, dtype=h5py.ref_dtype))
    )
    yield Attack("type", "numbers of any length", edited(_any_length))


def _any_length(file: h5py.File) -> None:
    value = np.empty((), object)
    value[()] = np.arange(4, dtype="i4")
    file.attrs.create("reason", value, dtype=h5py.vlen_dtype("i4"))


TEXTS = {
    "ESC": "a\x1b[2J\x1b]0;t\x07b", "LaTeX": "\\input{secret}", "formula": "=1+1", "markdown": "a|b<script>x</script>",
    "markup": "[bold red]a[/x]", "lines": "a\nb\r\nc", "direction": "a\u202eb",
}  # fmt: skip


def _texts(about: dict[str, Any]) -> Iterator[Attack]:
    for name in ("reason", "traceback", "method_title", "dataset_title", "variant", "protocol", "started"):
        for what, text in TEXTS.items():
            yield Attack("text", f"{what} in {name}", _with(**{name: text}), escapes=True)


# The structure of the HDF5 file


def _links(about: dict[str, Any]) -> Iterator[Attack]:
    for name, edit in (
        ("soft column", _soft_column),
        ("soft group", _soft_group),
        ("dangling soft link", lambda file: file.__setitem__("curve/more", h5py.SoftLink("/nothing"))),
        ("soft link to itself", lambda file: file.__setitem__("curve/more", h5py.SoftLink("/curve/more"))),
        ("soft link at the top", lambda file: file.__setitem__("more", h5py.SoftLink("/final"))),
        ("hard link to a column", lambda file: file.__setitem__("curve/more", file["curve/updates"])),
        ("hard link to a group", lambda file: file.__setitem__("more", file["curve"])),
        ("cycle", lambda file: file.__setitem__("curve/loop", file["/"])),
        ("cycle in a new group", lambda file: file.create_group("more").__setitem__("loop", file["/"])),
        (f"{MANY} hard links", _many_links),
    ):
        yield Attack("link", name, edited(edit), kinds=DONE)
    for name in ("curve", "final", "curve/mAP"):
        yield Attack("link", f"external {name}", _external(name), kinds=DONE)
    yield Attack("link", "external to a device", edited(
        lambda file: file.__setitem__("curve/more", h5py.ExternalLink("/dev/zero", "/x"))), kinds=DONE)  # fmt: skip


def _soft_column(file: h5py.File) -> None:
    file.move("curve/mAP", "final/mAP")
    file["curve/mAP"] = h5py.SoftLink("/final/mAP")


def _soft_group(file: h5py.File) -> None:
    file.move("curve", "elsewhere")
    file["curve"] = h5py.SoftLink("/elsewhere")


def _many_links(file: h5py.File) -> None:
    column = file["final/ap_expected"]
    for number in range(MANY):
        file[f"final/{number}"] = column


def _external(name: str) -> Callable[[Path, Path], Path]:
    def make(path: Path, results: Path) -> Path:
        other = results / "outside.hdf5"
        with h5py.File(path, "r") as file, h5py.File(other, "w") as target:
            file.copy(file[name], target, name=name)
        with h5py.File(path, "r+") as file:
            del file[name]
            file[name] = h5py.ExternalLink(str(other), f"/{name}")
        seal(path)
        return path

    return make


def _storage(about: dict[str, Any]) -> Iterator[Attack]:
    created: dict[str, Callable[[h5py.File, int], Any]] = {
        "texts of any length": lambda file, n: file.create_dataset("curve/mAP", (n,), h5py.string_dtype()),
        "numbers of any length": lambda file, n: file.create_dataset("curve/mAP", (n,), h5py.vlen_dtype("f8")),
        "compound": lambda file, n: file.create_dataset("curve/mAP", (n,), [("a", "f8"), ("b", "i4")]),
        "references": lambda file, n: file.create_dataset("curve/mAP", (n,), h5py.ref_dtype),
        "regions": lambda file, n: file.create_dataset("curve/mAP", (n,), h5py.regionref_dtype),
        "arrays": lambda file, n: file.create_dataset("curve/mAP", (n,), np.dtype(("f8", (3,)))),
        "opaque": lambda file, n: file.create_dataset("curve/mAP", (n,), "V8"),
        "an enumeration": lambda file, n: file.create_dataset("curve/mAP", (n,), h5py.enum_dtype({"A": 0})),
        "no space": lambda file, n: file.create_dataset("curve/mAP", data=h5py.Empty("f8")),
        "a group": lambda file, n: file.create_group("curve/mAP"),
        "a committed type": lambda file, n: file.__setitem__("curve/mAP", np.dtype("f8")),
        "virtual": _virtual,
        "external": lambda file, n: file.create_dataset("curve/mAP", (n,), "f8", external=[("/dev/zero", 0, n * 8)]),
        "external of a secret": lambda file, n: file.create_dataset(
            "curve/mAP", (n,), "f8", external=[("/etc/passwd", 0, n * 8)]),
        "never written": lambda file, n: file.create_dataset("curve/mAP", (n,), "f8", fillvalue=0.9, chunks=(n,)),
    }  # fmt: skip
    for name, create in created.items():
        yield Attack("storage", name, edited(lambda file, create=create: _created(file, create)), kinds=DONE)
    yield Attack("storage", "curve is a dataset", edited(lambda file: _replace(file, "curve", np.arange(3.0))))


def _created(file: h5py.File, create: Callable[[h5py.File, int], Any]) -> None:
    n = len(file["curve/mAP"])
    del file["curve/mAP"]
    create(file, n)


def _virtual(file: h5py.File, n: int) -> None:
    layout = h5py.VirtualLayout((n,), "f8")
    layout[:] = h5py.VirtualSource(file.filename, "curve/train_s", (n,))
    file.create_virtual_dataset("curve/mAP", layout)


def _sizes(about: dict[str, Any]) -> Iterator[Attack]:
    for name, edit in (
        ("a declared terabyte", lambda file: file.create_dataset("curve/more", (1 << 37,), "f8", chunks=(1 << 10,))),
        ("a declared terabyte of AP", _huge_ap),
        ("a declared gigabyte of W", _huge_snapshot),
        ("a bomb of 2 GB", _bomb),
        ("32 dimensions", lambda file: file.create_dataset("curve/more", (2,) * 32, "f8", chunks=(1,) * 31 + (2,))),
        (f"{MANY} groups", lambda file: [file.create_group(f"more/{number}") for number in range(MANY)]),
        (f"{DEEP} groups in each other", _deep),
        ("70,000 columns", lambda file: [file.create_group(f"curve/{number}") for number in range(70_000)]),
        ("an attribute of 100 MB", _huge_attribute),
        ("20,000 attributes", lambda file: [file.attrs.__setitem__(f"a{number}", number) for number in range(MANY)]),
    ):
        yield Attack("size", name, edited(edit), kinds=frozenset({"online"}))


def _huge_ap(file: h5py.File) -> None:
    del file["final/ap_expected"]
    file.create_dataset("final/ap_expected", (1 << 37,), "f8", chunks=(1 << 10,))


def _huge_snapshot(file: h5py.File) -> None:
    del file["final/W"]
    file.create_dataset("final/W", (1 << 24, 8), "f8", chunks=(1 << 10, 8), fillvalue=1.0)


def _bomb(file: h5py.File) -> None:
    stored = file.create_dataset("final/more", (1 << 28,), "f8", chunks=(1 << 22,), compression="gzip")
    zeros = np.zeros(1 << 22)
    stored[: 1 << 22] = zeros
    _, content = stored.id.read_direct_chunk((0,))
    for at in range(0, 1 << 28, 1 << 22):
        stored.id.write_direct_chunk((at,), content)


def _deep(file: h5py.File) -> None:
    group = file["curve"]
    for _ in range(DEEP):
        group = group.create_group("g")


def _huge_attribute(file: h5py.File) -> None:
    property_list = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    del property_list
    # Above 64 KiB an attribute is stored in a heap, which the newest format allows.
    path = file.filename
    content = {name: file.attrs[name] for name in file.attrs}
    parts = {name: file[name][()] for name in _datasets(file)}
    file.close()
    with h5py.File(path, "w", userblock_size=USER_BLOCK, libver="latest") as new:
        for name, value in parts.items():
            new[name] = value
        for group in ("curve", "trigger", "final", "preprocessing"):
            new.require_group(group)
        for name, value in content.items():
            new.attrs[name] = value
        new.attrs["reason"] = "x" * 100_000_000


def _datasets(file: h5py.File) -> list[str]:
    found: list[str] = []
    file.visititems(lambda name, each: found.append(name) if isinstance(each, h5py.Dataset) else None)
    return found


# Settings and configs


def _settings(about: dict[str, Any]) -> Iterator[Attack]:
    for name in ("batch-9", "../../evil", "", "\x1b[2J"):
        text = json.dumps({**json.loads(about["config"]), "setting": name}, sort_keys=True, separators=(",", ":"))
        yield Attack("setting", repr(name), _with(setting=name, config=text))
    # With key and place to match, such a file is no lie: it may be that of a plug-in that is not installed here.
    yield Attack("snapshot", "other bits, with key and place to match", _other_bits, kinds=DONE)


def _other_bits(path: Path, results: Path) -> Path:
    return _consistent(path, results, bits=12)


def _consistent(path: Path, results: Path, **values: Any) -> Path:
    """Change the config, and the names, the key and the place with it."""
    with h5py.File(path, "r+") as file:
        about = dict(file.attrs)
        text = json.dumps({**json.loads(about["config"]), **values}, sort_keys=True, separators=(",", ":"))
        key = hashlib.sha256(
            json.dumps([1, text, about["dataset_digest"], int(about["method_version"])]).encode()
        ).hexdigest()
        file.attrs.update({**values, "config": text, "key": key})
    seal(path)
    _, config = read_config(about["config"])
    there = run_path(results, key=key, **{**config.names, **values})
    there.parent.mkdir(parents=True, exist_ok=True)
    path.rename(there)
    return there


def _configs(about: dict[str, Any]) -> Iterator[Attack]:
    text = str(about["config"])
    plain = json.loads(text)
    texts = {
        "deep nesting": '{"setting":' + "[" * 14_000 + "]" * 14_000 + "}",
        "deep parameters": text[:-1] + ',"method_parameters":' + '{"a":' * 5_000 + "1" + "}" * 5_000 + "}",
        "NaN": text.replace('"seed":0', '"seed":NaN'),
        "infinity": text.replace('"seed":0', '"seed":1e999'),
        "5,000 digits": text.replace('"seed":0', '"seed":' + "9" * 5_000),
        "a key twice": text[:-1] + ',"bits":16}',
        "a key twice, the right one last": '{"bits":16,' + text[1:],
        "spaces": json.dumps(plain, sort_keys=True),
        "nothing": "",
        "not JSON": "bits=8",
        "a list": "[1,2]",
        "null": "null",
        "a number": "8",
        "a key missing": json.dumps({name: plain[name] for name in plain if name != "seed"}),
        "parameters that are a list": json.dumps({**plain, "method_parameters": [1]}),
        "metrics that are a number": json.dumps({**plain, "metrics": 3}),
        "bits as text": json.dumps({**plain, "bits": str(plain["bits"])}),
        "a setting that is a list": json.dumps({**plain, "setting": ["online"]}),
        "lone surrogates": text.replace('"seed":0', '"seed":"\\udcff"'),
    }
    for name, changed in texts.items():
        yield Attack("config", name, _with(config=changed))


# What is not a file


def _files(about: dict[str, Any]) -> Iterator[Attack]:
    for name, make in (
        ("FIFO", os.mkfifo),
        ("socket", _socket),
        ("sparse 100 GB", _sparse),
        ("sealed beginning, 100 GB", _sparse_with_magic),
        ("link to /dev/zero", lambda path: path.symlink_to("/dev/zero")),
        ("link to /dev/null", lambda path: path.symlink_to("/dev/null")),
        ("link to itself", lambda path: path.symlink_to(path)),
        ("dangling link", lambda path: path.symlink_to("/nowhere/at/all.h5")),
        ("link to a folder", lambda path: path.symlink_to("/etc")),
        ("link to a process's memory", lambda path: path.symlink_to("/proc/self/mem")),
        ("folder", lambda path: path.mkdir()),
        ("folder with a file", _folder_with_file),
        ("empty file", lambda path: path.touch()),
        ("one byte", lambda path: path.write_bytes(b"m")),
        ("a seal and nothing else", _only_seal),
        ("text", lambda path: path.write_text("not HDF5\n" * 100)),
    ):
        yield Attack("not a file", name, _instead(make), kinds=frozenset({"online"}))
    if os.geteuid() != 0:  # root may read everything
        yield Attack("not a file", "unreadable", _unreadable, kinds=frozenset({"online"}))


def _instead(make: Callable[[Path], Any]) -> Callable[[Path, Path], Path]:
    def instead(path: Path, results: Path) -> Path:
        path.unlink()
        make(path)
        return path

    return instead


def _socket(path: Path) -> None:
    # The name of a socket is limited to about 100 characters.
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 << 30)


def _sparse_with_magic(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"mihash-bench run\nsha256 " + b"0" * 64 + b"\n")
        file.truncate(100 << 30)


def _folder_with_file(path: Path) -> None:
    path.mkdir()
    (path / "runs.txt").write_text("a note")


def _only_seal(path: Path) -> None:
    path.write_bytes(bytes(USER_BLOCK))
    seal(path)


def _unreadable(path: Path, results: Path) -> Path:
    path.chmod(0)
    return path

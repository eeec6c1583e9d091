"""``mihash-bench new``: a short file with a class of the user's own that runs and learns something."""

import re
from importlib.resources import files
from pathlib import Path

from mihash_bench.errors import InputError
from mihash_bench.plugins import KINDS
from mihash_bench.text import shortened

WHERE = "FILE"
NAME_CHARACTERS = 200
_STEM = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)*")
# How a class of each kind is used, given the file and the name of the class.
_USES = {
    "method": "run --plugin {path} --method {name},lsh",
    "batch-method": "run --setting batch-1 --plugin {path} --method {name},sdh",
    "dataset": "run --plugin {path} --dataset {name}",
    "metric": "run --plugin {path} --metric mAP,{name}@r2",
}
SKELETONS = tuple(_USES)


def write_skeleton(kind: str, path: Path) -> list[str]:
    """Write a new file with a class of a kind of ``SKELETONS`` and return what to do next, as commands.

    The class is named after the file. Raises InputError if the file exists or cannot be written, or if its name is none
    for a class or belongs to a class of this package.
    """
    name = _name(kind, path)
    text = files("mihash_bench.studies").joinpath(f"skeletons/{kind}.txt").read_text("utf-8")
    class_name = "".join(part[0].upper() + part[1:] for part in name.split("-"))
    for word, value in {"CLASS": class_name, "NAME": name, "FILE": path.name}.items():
        text = re.sub(rf"\b{word}\b", value, text)
    try:
        # Never over a file of the user, also not over one that is made at the same time.
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{WHERE}: {path} exists already (allowed: the name of a new file)") from None
    except OSError as error:
        raise InputError(f"{WHERE}: cannot write {path} ({error.strerror})") from None
    return [f"check {path}", _USES[kind].format(path=path, name=name)]


def _name(kind: str, path: Path) -> str:
    if path.suffix != ".py" or not _STEM.fullmatch(path.stem):
        shown = shortened(str(path), NAME_CHARACTERS)
        raise InputError(f"{WHERE}: {shown} (allowed: a name such as my_method.py, of letters, digits, _ and -)")
    name = path.stem.replace("_", "-").lower()
    try:
        KINDS[kind.replace("-", " ")].check_name(name)
    except InputError as error:
        raise InputError(f"{WHERE}: {path}: {str(error).partition(': ')[2]}") from None
    return name

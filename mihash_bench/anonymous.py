"""Texts without what tells who wrote them: absolute paths, the user and the host. Reviews may be double-blind."""

import getpass
import os
import re
import socket
from contextlib import suppress
from pathlib import Path, PurePath

USER, HOST = "USER", "HOST"
# What separates paths from the text around them.
_RUN = re.compile(r"""[^\s"'`,;=()\[\]{}<>|]+""")
# These words are everywhere and say nothing about a person.
_OWN = frozenset({"mihash", "bench", "run"})


def anonymous(text: str) -> str:
    """Return a text without absolute paths and without the names of the user and the host.

    A path in the working directory becomes relative to it; of any other absolute path, and of one that leads upwards,
    only the name of the file or folder is left. The names become ``USER`` and ``HOST`` where they are whole words.
    """
    for folder in _folders():
        text = re.sub(rf"(?<![\w./-]){re.escape(folder)}/+", "", text)
    return _without_names(_RUN.sub(lambda found: _shortened(found[0]), text))


def anonymous_path(path: str | PurePath) -> str:
    """Return a path, which may contain spaces, as ``anonymous`` does."""
    return _without_names(_shortened(str(path)))


def _folders() -> list[str]:
    """Return the names of the working directory, longest first."""
    found = {os.environ.get("PWD", "")}
    with suppress(OSError):
        found.add(str(Path.cwd()))
    return sorted((each for each in found if each.startswith("/") and each != "/"), key=len, reverse=True)


def _shortened(path: str) -> str:
    if "://" in path or not (path.startswith("~") or "/" in path):
        return path
    given = PurePath(path)
    if given.is_absolute() and ".." not in given.parts:
        for folder in _folders():
            if given.is_relative_to(folder):
                return str(given.relative_to(folder))
    inside = not given.is_absolute() and ".." not in given.parts and not path.startswith("~")
    return str(given) if inside else given.name


def _without_names(text: str) -> str:
    for placeholder, names in ((USER, _users()), (HOST, _hosts())):
        for name in sorted(names - _OWN, key=len, reverse=True):
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", placeholder, text)
    return text


def _users() -> set[str]:
    names = {os.environ.get(variable, "") for variable in ("USER", "LOGNAME", "SUDO_USER")}
    with suppress(OSError, KeyError):
        names.add(getpass.getuser())
    with suppress(RuntimeError):
        names.add(Path.home().name)
    return names - {""}


def _hosts() -> set[str]:
    names = {os.environ.get("HOSTNAME", ""), socket.gethostname()}
    return (names | {name.partition(".")[0] for name in names}) - {""}

"""A terminal in which the commands of examples are typed: an own home folder, an empty folder, no colours."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

# What a command needs of the surroundings; nothing else that somebody has set changes the pages.
_KEPT = ("LANG", "NUMBA_CACHE_DIR", "PYTHONPATH", "TMPDIR")
# As many as a block of code on the site shows.
COLUMNS = 88
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# Only a command that hangs takes that long.
_LONGEST_S = 1800


class ExampleError(Exception):
    """A command of an example did not end as it should."""


@dataclass(frozen=True)
class Terminal:
    """The folder in which commands are typed."""

    folder: Path

    def type(self, command: str, code: int = 0) -> str:
        """Return what a shell command prints, on both outputs in the order in which it prints.

        The home folder is printed as ``~``. Raises ExampleError, with the output, if the exit code is not ``code``.
        """
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", command], cwd=self._made(self.folder), env=self._surroundings(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=_LONGEST_S,
            check=False,
        )  # fmt: skip
        if done.returncode != code:
            raise ExampleError(f"exit code {done.returncode} instead of {code} after: {command}\n{done.stdout}")
        return _ESCAPE.sub("", done.stdout).replace(str(self._home), "~").rstrip()

    @property
    def _home(self) -> Path:
        return self.folder.parent / f"{self.folder.name}-home"

    @staticmethod
    def _made(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _surroundings(self) -> dict[str, str]:
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        fixed = {"HOME": str(self._made(self._home)), "PATH": programs, "COLUMNS": str(COLUMNS), "TERM": "dumb"}
        return {**kept, **fixed}

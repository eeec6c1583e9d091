"""The command line in process, and in another process that knows other plug-ins."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result

from mihash_bench.cli.main import main

# No command of a test takes so long.
SECONDS = 240

SERVER = """
import json, sys
from tests.cli.calling import call

for line in sys.stdin:
    done = call(*json.loads(line))
    print(json.dumps([done.exit_code, done.stdout, done.stderr]), flush=True)
"""


def call(*arguments: object) -> Result:
    """Run a command and return its output and exit code."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@dataclass(frozen=True)
class Done:
    """The exit code and the output of a command."""

    exit_code: int
    stdout: str
    stderr: str


class Elsewhere:
    """A process in which commands are called one after the other, as ``call`` does it here.

    Packages in ``folder`` are installed there: their entry points are read once, when a process begins. One process
    for all commands of a module takes much less time than one for each command.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str] | None = None) -> None:
        environment = {**os.environ, **(variables or {}), "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def call(self, *arguments: object) -> Done:
        """Run a command and return its output and exit code."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([str(argument) for argument in arguments]), file=self._process.stdin, flush=True)
        ready, _, _ = select.select([self._process.stdout], [], [], SECONDS)
        assert ready, f"no answer in {SECONDS} seconds"
        return Done(*json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)

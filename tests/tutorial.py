"""Type the commands of the tutorial as somebody would who has nothing but the package.

``python -m tests.tutorial PROGRAMS``; PROGRAMS is the folder of the programs of an environment in which the package
is installed; ``make tutorial`` makes such an environment. Home folder and working folder are empty.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TUTORIAL = Path(__file__).parent.parent / "docs" / "tutorial.md"
_BLOCK = re.compile(r"^```(bash|text)\n(.*?)^```$", re.M | re.S)
_KEPT = ("LANG", "TMPDIR")
_LONGEST_S = 600


def blocks() -> list[tuple[str, str]]:
    """Return the blocks in order: commands (``bash``), and lines of what the commands before them print (``text``)."""
    return _BLOCK.findall(TUTORIAL.read_text("utf-8"))


def says(output: str, line: str) -> bool:
    """Return whether a printed line is as in the tutorial, where dots stand for what differs from run to run."""
    return bool(re.search("^" + ".*".join(re.escape(part) for part in line.split("…")) + "$", output, re.M))


def type_blocks(programs: Path, folder: Path, home: Path) -> int:
    """Type all commands in a folder and return how many printed lines were as in the tutorial.

    Raises AssertionError with the output for a command that fails, and for a line that is not printed.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    surroundings = {**kept, "HOME": str(home), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    output, compared = "", 0
    for kind, text in blocks():
        if kind == "bash":
            done = subprocess.run(
                ["bash", "-e", "-c", text], cwd=folder, env=surroundings, capture_output=True, text=True,
                timeout=_LONGEST_S, check=False,
            )  # fmt: skip
            output = done.stdout + done.stderr
            if done.returncode:
                raise AssertionError(f"exit code {done.returncode} after\n{text}\n{output}")
            continue
        for line in text.splitlines():
            if not says(output, line):
                raise AssertionError(f"{line!r} is not in\n{output}")
            compared += 1
    return compared


def check_table(folder: Path) -> None:
    """Raise AssertionError unless the table that the tutorial has made has the own method beside MIHash, and curves."""
    rows = (folder / "table.tex").read_text("utf-8")
    for title in ("Mine", "MIHash"):
        if not re.search(rf"^{title} & ", rows, re.M):
            raise AssertionError(f"{title} has no row in\n{rows}")
    if not list((folder / "results" / "figures").glob("*.pdf")):
        raise AssertionError("results/figures has no curves")


def main(programs: Path) -> None:
    """Type the tutorial with the programs of one folder."""
    with tempfile.TemporaryDirectory() as temporary:
        home, folder = Path(temporary) / "home", Path(temporary) / "empty"
        home.mkdir()
        folder.mkdir()
        compared = type_blocks(programs.resolve(), folder, home)
        check_table(folder)
    print(f"the tutorial's commands ran, and {compared} lines were printed as it says")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

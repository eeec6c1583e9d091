"""The tutorial's commands, typed by somebody who has nothing but the package."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parent.parent / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(bash|text)\n(.*?)^```$", re.M | re.S)
KEPT = ("LANG", "NUMBA_CACHE_DIR", "TMPDIR")


def nothing_but_the_package(home):
    """Return the environment of a user whose home folder is empty."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # The checkout that is tested comes before an installed package.
    package = {"PYTHONPATH": str(TUTORIAL.parent.parent)}
    return {"HOME": str(home), "PATH": programs, **package, **{k: os.environ[k] for k in KEPT if k in os.environ}}


def says(output, line):
    """Return whether a printed line is as in the tutorial, where dots stand for what differs from run to run."""
    return re.search("^" + ".*".join(re.escape(part) for part in line.split("…")) + "$", output, re.M)


@pytest.mark.slow
def test_the_tutorial_leads_from_an_empty_folder_to_a_table_with_an_own_method_on_own_data(tmp_path):
    home, folder = tmp_path / "home", tmp_path / "empty"
    home.mkdir()
    folder.mkdir()
    output, compared = "", 0
    for kind, text in BLOCK.findall(TUTORIAL.read_text()):
        if kind == "bash":
            done = subprocess.run(
                ["bash", "-e", "-c", text], cwd=folder, env=nothing_but_the_package(home), capture_output=True,
                text=True, timeout=600,
            )  # fmt: skip
            output = done.stdout + done.stderr
            assert done.returncode == 0, f"{text}\n{output}"
            continue
        for line in text.splitlines():
            assert says(output, line), f"{line!r} is not in\n{output}"
            compared += 1
    assert compared > 15
    assert (folder / "results" / "figures").is_dir()
    rows = (folder / "table.tex").read_text()
    assert re.search(r"^Mine & ", rows, re.M)
    assert re.search(r"^MIHash & ", rows, re.M)

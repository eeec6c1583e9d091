"""The job file of the page on clusters does what the page says, typed as Slurm would start it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mihash_bench.store.run_file import read_run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "clusters.md").read_text()
JOB, AFTER = re.findall(r"```bash\n(.*?)```", PAGE, re.S)
SWEEP = """
method = "lsh"
bits = [8, 16]
trials = 2
examples = 200
checkpoints = 2
trigger = "on"
"""


def shards():
    first, last = map(int, re.search(r"^#SBATCH --array=(\d+)-(\d+)$", JOB, re.M).groups())
    return range(first, last + 1)


@pytest.fixture
def typed(tmp_path, cache_dir):
    """A function that gives a text to bash in the folder of the sweep and returns the output."""
    (tmp_path / "sweep.toml").write_text(SWEEP)
    programs = tmp_path / "programs"
    programs.mkdir()
    program = programs / "mihash-bench"
    # The cache of the tests, which an option of the page would name.
    program.write_text(
        f'#!/bin/sh\n[ "$1" = run ] && set -- "$@" --cache-dir {cache_dir}\n'
        f'exec {sys.executable} -m mihash_bench.cli "$@"\n'
    )
    program.chmod(0o755)

    def typed(text, **variables):
        path = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["bash", "-eu", "-c", text], cwd=tmp_path, env={**os.environ, **path, **variables}, capture_output=True,
            text=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return typed


def variables_of(shard, count):
    """What Slurm sets in a job of an array."""
    return {
        "SLURM_ARRAY_JOB_ID": "71", "SLURM_ARRAY_TASK_ID": str(shard), "SLURM_ARRAY_TASK_COUNT": str(count),
        "SLURM_ARRAY_TASK_MIN": str(shards()[0]), "SLURM_ARRAY_TASK_MAX": str(shards()[-1]), "SLURM_CPUS_PER_TASK": "1",
    }  # fmt: skip


@pytest.mark.slow
def test_the_jobs_of_an_array_do_the_sweep_once_and_their_folders_become_one(typed, tmp_path):
    for shard in shards():
        typed(JOB, **variables_of(shard, len(shards())))
    files = sorted(path.relative_to(tmp_path / "shards").parts[1:] for path in tmp_path.glob("shards/*/runs/**/*.h5"))
    assert len(files) == len(set(files)) == 4
    # Submitted again on its own, as after a time limit, a job has the same runs and nothing is left to do.
    assert "All runs (1) are already in" in typed(JOB, **variables_of(shards()[-1], 1))
    assert typed(AFTER).splitlines()[-1] == "4 done"
    assert {read_run(path).attributes["status"] for path in tmp_path.glob("results/runs/**/*.h5")} == {"done"}


def test_the_job_file_has_as_many_shards_as_the_array_has_jobs():
    assert f"\nSHARDS={len(shards())}\n" in JOB
    assert shards()[0] == 1

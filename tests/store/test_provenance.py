import json
import platform
import subprocess
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil
import pytest
from threadpoolctl import threadpool_limits

from mihash_bench.store import provenance


def test_the_time_is_in_utc():
    assert datetime.fromisoformat(provenance.now()).utcoffset().total_seconds() == 0


def test_versions_are_those_of_python_and_the_installed_packages():
    versions = json.loads(provenance.versions())
    assert versions["python"] == platform.python_version()
    assert versions["numpy"] == np.__version__
    assert versions["mihash-bench"] == version("mihash-bench")


def test_the_commit_is_that_of_the_checkout():
    folder = Path(provenance.__file__).parent
    git = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=False)
    if git.returncode:
        pytest.skip("the package is not in a git checkout")
    assert provenance.git_state()["git_commit"] == git.stdout.strip()


def test_a_package_outside_of_git_has_no_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "provenance.py"))
    assert provenance.git_state() == {"git_commit": "", "git_dirty": False}


def test_thread_limits_are_those_in_force():
    for threads in (1, 2):
        with threadpool_limits(threads):
            pools = json.loads(provenance.thread_limits())
        assert pools
        assert {pool["threads"] for pool in pools} == {threads}


def test_peak_memory_is_in_bytes_and_never_below_the_present_use():
    resident = psutil.Process().memory_info().rss
    assert 0.9 * resident <= provenance.peak_memory_bytes() < psutil.virtual_memory().total

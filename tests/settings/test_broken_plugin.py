"""A setting of another package that cannot be loaded costs itself only."""

import os
import subprocess
import sys

from ..plugins import install


def test_a_broken_setting_is_an_error_only_where_it_is_named(tmp_path):
    install(tmp_path, "broken_setting", "raise RuntimeError('broken on purpose')", settings={"broken": "Broken"})

    def call(*arguments):
        words = [sys.executable, "-m", "mihash_bench.cli", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        return subprocess.run(words, capture_output=True, text=True, env=environment, check=False)

    assert call("run", "--help").returncode == 0
    named = call("run", "--setting", "broken", "-o", str(tmp_path / "results"))
    assert named.returncode == 2
    assert named.stderr.count("\n") == 1
    assert "--setting: entry point 'broken' of group mihash_bench.settings cannot be loaded" in named.stderr
    assert "RuntimeError: broken on purpose" in named.stderr

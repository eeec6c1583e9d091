import logging
import os
import subprocess
import sys

from mihash_bench.compiling import compiled

INNER = """
import os
from mihash_bench.compiling import compiled
FACTOR = int(os.environ.get("FACTOR", "1"))
@compiled(inline="always")
def change(x):
    return FACTOR * x + 1
"""
PACKAGE = "from .middle import changed\n"
MIDDLE = "from kernels.inner import change as changed\n"
OUTER = """
from mihash_bench.compiling import compiled
from kernels import (
    changed as change,
)
@compiled("int64(int64)")
def outer(x):
    return change(x)
"""


def test_a_function_is_compiled_although_its_code_cannot_be_kept(caplog):
    made = {}
    # numba finds no folder for a function without a source file, as for one in a container that is read-only.
    exec(compile("def twice(x):\n    return 2 * x\n", "<nowhere>", "exec"), made)
    with caplog.at_level(logging.WARNING):
        twice = [compiled("int64(int64)")(made["twice"]) for _ in range(2)][1]
    assert twice(4) == 8
    assert caplog.text.count("compiled code cannot be kept") <= 1


def result(folder, **environment):
    """The result of the compiled function for 10 in a process of its own, and how often its code was found."""
    code = "from kernels.outer import outer; print(outer(10), sum(outer.stats.cache_hits.values()))"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "cache"), **environment}
    command = [sys.executable, "-B", "-c", code]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return tuple(map(int, done.stdout.split()))


def test_kept_code_is_used_again_until_a_module_that_is_copied_into_it_changes(tmp_path):
    package = tmp_path / "kernels"
    package.mkdir()
    for name, text in (("__init__", PACKAGE), ("inner", INNER), ("middle", MIDDLE), ("outer", OUTER)):
        (package / f"{name}.py").write_text(text)
    assert result(tmp_path) == (11, 0)
    assert result(tmp_path, FACTOR="3") == (31, 0)
    assert result(tmp_path) == (11, 1)
    (package / "inner.py").write_text(INNER.replace("+ 1", "+ 2"))
    assert result(tmp_path) == (12, 0)

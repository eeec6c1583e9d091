"""``mihash-bench check``: verdicts from processes that a plug-in may hang or end."""

import pytest

from tests.cli.calling import call
from tests.plugins import METHOD, METRIC

HANGS = (
    METRIC.replace(
        'return cls() if text == "nearest" else None',
        'return cls() if text == "nearest" else hang()',
    )
    + """

def hang():
    import time
    while True:
        time.sleep(1)
"""
)
EXITS = (
    METRIC.replace("FACTOR * counts.hits", "bye() * counts.hits")
    + """

def bye():
    import os
    os._exit(0)
"""
)
CRASHES = METRIC.replace('return "nearest"\n', "import ctypes; return ctypes.string_at(0).decode()\n")
WIDE = (
    METHOD
    + """
    def snapshot(self):
        import numpy as np
        from mihash_bench.encoders import LinearCodes
        return LinearCodes(np.hstack([self.W_, self.W_]))
"""
)


@pytest.fixture
def check(tmp_path):
    """A function that checks a plug-in with the given code."""

    def one(code, *arguments):
        path = tmp_path / "checked_plugin.py"
        path.write_text(code)
        return call("check", path, *arguments)

    return one


def verdict(output, rule):
    """What was said about a rule: pass, or what was seen."""
    lines = output.splitlines()
    number = next(number for number, line in enumerate(lines) if line.endswith(f"  {rule}"))
    return lines[number + 1].strip() if "FAIL" in lines[number] else "pass"


def test_a_plug_in_that_keeps_all_rules_passes(check):
    done = check(METRIC)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "metric nearest-share"
    assert lines[-1] == "10 of 10 rules hold"


def test_a_broken_rule_has_what_was_seen_and_what_is_expected_and_exit_code_1(check):
    done = check(WIDE)
    assert done.exit_code == 1
    assert verdict(done.output, "codes have a column for each bit") == (
        "seen: codes have the shape (4200, 32) for 4200 rows and 16 bits"
    )
    assert "expected: Codes are a boolean matrix of shape (n, bits), of the method and of its snapshots." in done.output
    assert verdict(done.output, "memory is bounded") == "pass"
    assert done.output.splitlines()[-1] == "18 of 20 rules hold"


@pytest.mark.slow
def test_a_loop_without_end_is_a_verdict(check):
    done = check(HANGS, "--timeout", "10")
    assert done.exit_code == 1
    assert verdict(done.output, "specs of other families are left alone") == "seen: still running after 10 s"
    assert verdict(done.output, "each query has a number") == "pass"


def test_a_plug_in_that_ends_its_process_is_a_verdict(check):
    done = check(EXITS)
    assert done.exit_code == 1
    seen = verdict(done.output, "each query has a number")
    assert seen == "seen: its process ended with exit code 0 without a result"
    assert verdict(done.output, "specs are printed as they are read") == "pass"


def test_a_crash_is_a_verdict(check):
    seen = verdict(check(CRASHES).output, "specs are printed as they are read")
    assert seen == "seen: its process was ended by SIGSEGV"


def test_an_error_of_the_plug_in_is_named_with_its_line(check):
    done = check(METRIC.replace("return FACTOR * ", "return 1 / 0 * "))
    seen = verdict(done.output, "each query has a number")
    assert seen == "seen: it raised ZeroDivisionError: division by zero (checked_plugin.py, line 23)"


def test_a_plug_in_that_cannot_be_imported_is_one_line_with_exit_code_2(check, tmp_path):
    done = check("import no_such_module_anywhere\n")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"mihash-bench: PLUGIN: {tmp_path}/checked_plugin.py cannot be imported: ")
    assert "line 1: ModuleNotFoundError" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_plug_in_that_ends_the_process_when_it_is_imported_is_a_verdict(check):
    done = check("import os\nos._exit(3)\n")
    assert done.exit_code == 1
    assert verdict(done.output, "it can be imported") == "seen: its process ended with exit code 3 without a result"


def test_what_is_no_plug_in_is_refused(tmp_path):
    done = call("check", tmp_path / "nowhere.py")
    assert done.exit_code == 2
    assert "nowhere.py: there is no such file" in done.stderr

"""What classes of plug-ins raise while their runs are planned is one line for the user."""

import pytest

from mihash_bench.errors import InputError
from mihash_bench.plugins import load_plugins
from mihash_bench.sweeps.plug_in_errors import planning
from tests.sweeps.test_sweep import folders, sweep  # noqa: F401 - a fixture

HEAD = """
from mihash_bench.methods.lsh import LSH
from mihash_bench.parameters import Integer
class Odd:
    def allows(self, value): raise ValueError("odd")
class Mine(LSH):
    name, title = "mine", "Mine"
"""
DEPTH = "__init__ = lambda self, n_bits=32, *, depth=1, random_state=None: None"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("constraints = {'depth': Integer(1)}", "fails: KeyError: 'depth'"),
        (f"constraints = {{'depth': Odd()}}; {DEPTH}", "fails in own.py, line 5: ValueError: odd"),
        ("constraints = 5", "fails: AttributeError: "),
        ("def __init__(self, n_bits, depth): pass", "fails: TypeError: "),
        ("def check(self, *given): 1 / 0", "fails in own.py, line 8: ZeroDivisionError: division by zero"),
        ("def check(self, *given): raise SystemExit(0)", "fails in own.py, line 8: SystemExit: 0"),
        ("examples_per_step = 0", "fails: ZeroDivisionError: "),
        ("added_parameters = 3", "fails: TypeError: "),
    ],
)
@pytest.mark.usefixtures("forgotten_plugins")
def test_the_class_is_named_with_the_reason(tmp_path, folders, line, says):  # noqa: F811
    path = tmp_path / "own.py"
    path.write_text(f"{HEAD}    {line}\n")
    load_plugins([str(path)])
    with pytest.raises(InputError) as caught:
        sweep(method="mine").tasks(folders)
    assert str(caught.value).startswith(f"planning the runs of 'mine' {says}")
    assert str(caught.value).endswith("(allowed: classes that pass `mihash-bench check`)")


def test_an_error_of_this_package_is_raised_as_it_is():
    built_in = sweep().method_classes
    with pytest.raises(ZeroDivisionError), planning(built_in):
        raise ZeroDivisionError


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, FileNotFoundError])
def test_errors_that_say_nothing_about_the_class_are_raised_as_they_are(error):
    class Theirs:
        name = "theirs"

    with pytest.raises(error), planning([Theirs]):
        raise error

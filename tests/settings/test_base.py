import ast
import subprocess
import sys
from pathlib import Path

import pytest

from mihash_bench.errors import InputError
from mihash_bench.registry import BATCH_METHODS, DEEP_METHODS, METHODS, SETTINGS
from mihash_bench.settings.base import default_setting, listed_settings, modules_of_runs, setting_of

PACKAGE = Path(__file__).parents[2] / "mihash_bench"
NAMES = {*SETTINGS.names()}


def test_the_default_setting_comes_first_and_has_no_prefix():
    first, *others = listed_settings()
    assert first.name == default_setting()
    assert first.file_prefix == ""
    assert all(other.file_prefix == f"{other.name}-" for other in others)
    assert not {"tuning-1", "tuning-online"} & {setting.name for setting in listed_settings()}


def test_an_unknown_setting_is_named_with_the_nearest():
    with pytest.raises(InputError, match=r"--setting: 'onlin' is unknown; did you mean 'online'"):
        setting_of("onlin")


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_setting_is_declared_completely(name):
    setting = setting_of(name)
    assert setting.axes
    assert setting.title
    assert setting.wording.final
    assert set(setting.options.must_agree) <= {*setting.options.declared()}
    for method in setting.options.defaults()["method"]:
        assert setting.methods.get(method).name == method
    columns = [axis.column for axis in setting.axes]
    assert len(set(columns)) == len(columns)
    assert setting.axis(columns[0]) is setting.axes[0]
    assert setting.axis("nothing") is None


def test_modules_of_runs_hold_every_method_and_compiled_kernel():
    modules = set(modules_of_runs())
    assert {"mihash_bench.methods.mihash", "mihash_bench.methods._mihash_kernel"} <= modules
    assert {"mihash_bench.batch.dtsh", "mihash_bench.batch._dtsh_kernel"} <= modules
    assert "mihash_bench.settings.online" in modules


def test_modules_of_runs_leave_out_what_only_other_settings_need():
    every = set(modules_of_runs())
    deep, batch = (set(setting_of(name).slow_modules) for name in ("batch-2", "batch-1"))
    assert deep
    assert batch
    assert set(modules_of_runs({"online", "batch-1", "batch-2"})) == every
    # Tuning has settings of its own, which `--setting` does not list.
    assert set(METHODS.modules()) <= set(modules_of_runs({"tuning-online"}))
    assert batch | set(BATCH_METHODS.modules()) <= set(modules_of_runs({"tuning-1"}))
    deep |= set(DEEP_METHODS.modules())
    assert set(modules_of_runs({"online", "batch-1"})) == every - deep
    assert set(modules_of_runs({"online"})) == every - deep - batch - set(BATCH_METHODS.modules())


def test_modules_of_runs_without_networks_do_not_import_torch():
    code = (
        "import sys; from importlib import import_module\n"
        f"for name in {modules_of_runs({'online', 'batch-1'})}: import_module(name)\n"
        "print(*{'torch', 'PIL'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""


ASKING_CALLS = {"isinstance", "startswith", "endswith", "eq", "ne"}


def comparisons(tree):
    """Every node that compares something, or tells cases apart by a value."""
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        name = getattr(called, "attr", getattr(called, "id", ""))
        if isinstance(node, ast.Compare | ast.MatchValue) or name in ASKING_CALLS:
            yield node


def asks_for_a_setting(node):
    constants = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return bool(constants & {*NAMES, "batch-"} or names & {"OnlineConfig", "BatchConfig", "Online", "Batch1", "ONLINE"})


def test_outside_settings_no_code_asks_which_setting_it_is():
    asking = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if "settings" not in path.parts
        for node in comparisons(ast.parse(path.read_text()))
        if asks_for_a_setting(node)
    ]
    assert not asking


def test_the_check_for_setting_names_can_fail():
    for code in ("setting == 'online'", "x in ('online', 'b')", "isinstance(c, BatchConfig)", "s.startswith('batch-')"):
        assert any(asks_for_a_setting(node) for node in comparisons(ast.parse(code)))
    assert not any(asks_for_a_setting(node) for node in comparisons(ast.parse("setting.axes == ()")))

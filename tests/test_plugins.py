"""Classes of the user in a Python file or a module, loaded in this process."""

import re
import sys
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

import pytest

from mihash_bench.errors import InputError
from mihash_bench.metrics.base import parse_metric
from mihash_bench.plugins import load_plugins, loaded_specs
from mihash_bench.registry import BATCH_METHODS, DATASETS, METHODS, METRICS
from mihash_bench.source_code import _named
from mihash_bench.sweeps.choose import chosen_sweeps

from .plugins import BATCH_METHOD, DATASET, METHOD, METRIC, install

pytestmark = pytest.mark.usefixtures("forgotten_plugins")


@pytest.fixture
def write(tmp_path):
    """A function that writes a plug-in and returns its path."""

    def one(code, name="my.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
        return path

    return one


def load(*paths):
    return load_plugins([str(path) for path in paths])


def refusal(*paths):
    with pytest.raises(InputError) as caught:
        load(*paths)
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_all_four_kinds_in_one_file_are_known_by_name(write):
    (plugin,) = load(write(METHOD + BATCH_METHOD + DATASET + METRIC))
    assert [kind for kind, _ in plugin.classes] == ["method", "batch method", "dataset", "metric"]
    assert METHODS.get("mine").title == "My method"
    assert BATCH_METHODS.get("my-batch").title == "My batch method"
    assert DATASETS.get("my-data")().n == 600
    assert str(parse_metric("nearest")) == "nearest"
    assert "nearest-share" in METRICS.names()


def test_classes_that_a_plug_in_only_imports_are_left_alone(write):
    load(write(METHOD))
    assert METHODS.get("lsh").__module__ == "mihash_bench.methods.lsh"
    assert METHODS.code_of("lsh") is None
    assert METHODS.code_of("mine").origin == "my.py"


def test_two_plug_ins_are_loaded_and_named_for_other_processes(write):
    first, second = write(METHOD), write(METRIC, "more.py")
    load(first, second)
    assert loaded_specs() == (str(first), str(second))


def test_a_plug_in_is_loaded_again_only_after_it_has_changed(write):
    path = write(METHOD)
    (first,) = load(path)
    assert load(path) == [first]
    assert load(path)[0] is first
    (second,) = load(write(METHOD.replace("BIAS = 1", "BIAS = 2")))
    assert second.code.digest != first.code.digest
    assert sys.modules[METHODS.get("mine").__module__].BIAS == 2


def test_an_edited_module_beside_a_plug_in_is_loaded_again(write):
    path = write(METHOD.replace("BIAS = 1", "from bias_beside import BIAS"))
    write("BIAS = 3", "bias_beside.py")
    (first,) = load(path)
    assert set(first.code.digests) == {"my.py", "bias_beside.py"}
    write("BIAS = 4", "bias_beside.py")
    (second,) = load(path)
    assert sys.modules[METHODS.get("mine").__module__].BIAS == 4
    assert second.code.digest != first.code.digest


@pytest.mark.parametrize(
    "statement",
    [
        "from parts.bias import BIAS",
        "from parts import bias",
        "import parts.bias",
        "from parts import *",
        "from middle import anything",
        "def later():\n    from parts.bias import BIAS",
        "import importlib\nimportlib.import_module('parts.bias')",
        "__import__('parts.bias')",
    ],
)
@pytest.mark.parametrize("is_package", [True, False])
def test_a_module_of_a_folder_beside_a_plug_in_is_part_of_its_code(write, statement, is_package):
    write("BIAS = anything = 1\n", "parts/bias.py")
    write("from parts.bias import anything\n", "middle.py")
    if is_package:
        write("from .bias import BIAS\n", "parts/__init__.py")
    (plugin,) = load(write(statement + METHOD))
    assert "parts/bias.py" in plugin.code.digests
    write("BIAS = anything = 2\n", "parts/bias.py")
    (again,) = load(plugin.spec)
    assert again.code.digest != plugin.code.digest


def test_a_folder_with_the_name_of_an_installed_package_is_left_alone(write, tmp_path):
    (tmp_path / "numpy").mkdir()
    (plugin,) = load(write("import numpy\n" + METHOD))
    assert list(plugin.code.digests) == ["my.py"]


def test_a_module_beside_a_plug_in_that_it_does_not_import_is_no_part_of_it(write):
    write("X = 1", "unrelated.py")
    (plugin,) = load(write(METHOD))
    assert set(plugin.code.digests) == {"my.py"}


def test_a_module_beside_a_plug_in_with_the_name_of_another_module_is_refused(write):
    write("X = 1", "a/shared_name.py")
    write("X = 2", "b/shared_name.py")
    first = write("import shared_name\n" + METHOD, "a/first.py")
    second = write("import shared_name\n" + METRIC, "b/second.py")
    load(first)
    said = refusal(second)
    assert f"{second} does not get shared_name.py beside it" in said
    assert str(first.parent / "shared_name.py") in said
    assert "nearest-share" not in METRICS.names()


def test_a_file_with_the_name_of_an_installed_module_is_loaded_nevertheless(write):
    load(write(METHOD, "json.py"))
    assert METHODS.get("mine").__module__ == "plugin_json"
    assert hasattr(sys.modules["json"], "dumps")


def test_a_class_of_a_module_is_given_with_a_colon(tmp_path, monkeypatch):
    two = METHOD + METHOD.replace('"mine"', '"other"').replace("class Mine", "class Other")
    monkeypatch.syspath_prepend(str(install(tmp_path, "theirs_by_colon", two)))
    (plugin,) = load("theirs_by_colon:Other")
    assert [each.name for _, each in plugin.classes] == ["other"]
    assert plugin.code.origin == "theirs_by_colon 1.0"
    assert "mine" not in METHODS.names()


def test_the_code_of_an_installed_package_is_its_version_and_its_files(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(install(tmp_path, "theirs_whole", METHOD)))
    code = load("theirs_whole")[0].code
    assert set(code.digests) == {"theirs_whole.py"}
    about = {"origin": code.origin, "digests": code.digests}
    assert type(code)(**{**about, "origin": "theirs_whole 1.1"}).digest != code.digest
    assert type(code)(**{**about, "digests": {"theirs_whole.py": "0"}}).digest != code.digest


def test_the_name_of_an_installed_package_is_that_of_the_python_library():
    for top, names in packages_distributions().items():
        if top.isidentifier() and top.islower() and find_spec(top):
            assert _named(top) == f"{names[0]} {version(names[0])}"
    assert _named("numpy") == f"numpy {version('numpy')}"
    assert _named("not_installed") == "not_installed"


def test_the_code_of_an_installed_package_has_its_files_that_are_not_python(tmp_path, monkeypatch):
    (tmp_path / "weighed").mkdir()
    (tmp_path / "weighed" / "__init__.py").write_text(METHOD)
    (tmp_path / "weighed" / "start.json").write_text("[1]")
    (tmp_path / "weighed" / "__pycache__").mkdir()
    (tmp_path / "weighed" / "__pycache__" / "start.nbi").write_text("compiled")
    monkeypatch.syspath_prepend(tmp_path)
    (plugin,) = load_plugins(["weighed"])
    assert sorted(plugin.code.digests) == ["weighed/__init__.py", "weighed/start.json"]
    assert list(plugin.code.texts) == ["weighed/__init__.py"]


def test_the_code_of_a_module_has_the_modules_beside_it_but_no_other_package(tmp_path, monkeypatch):
    (tmp_path / "alone.py").write_text("import constant\nimport owned_elsewhere\n" + METHOD)
    (tmp_path / "constant.py").write_text("A = 1\n")
    install(tmp_path, "owned_elsewhere", "")
    monkeypatch.syspath_prepend(tmp_path)
    (plugin,) = load_plugins(["alone:Mine"])
    assert sorted(plugin.code.digests) == ["alone.py", "constant.py"]


def test_the_code_of_a_package_in_several_folders_is_in_all_of_them(tmp_path, monkeypatch):
    for part, code in (("first", ""), ("second", METHOD)):
        (tmp_path / part / "divided").mkdir(parents=True)
        (tmp_path / part / "divided" / f"{part}.py").write_text(code)
        monkeypatch.syspath_prepend(tmp_path / part)
    (plugin,) = load_plugins(["divided.second"])
    assert sorted(plugin.code.digests) == ["divided/first.py", "divided/second.py"]


def test_a_class_that_a_module_only_offers_has_the_code_that_defines_it(tmp_path, monkeypatch):
    (tmp_path / "offering.py").write_text("from defining import Mine\n")
    install(tmp_path, "defining", METHOD)
    monkeypatch.syspath_prepend(tmp_path)
    (plugin,) = load_plugins(["offering:Mine"])
    assert list(plugin.code.digests) == ["defining.py"]


def test_paths_in_a_config_file_are_relative_to_it(write, tmp_path, monkeypatch):
    write(METHOD, "sweep/my.py")
    config = tmp_path / "sweep" / "mine.toml"
    config.write_text('plugin = ["my.py"]\nmethod = "mine"\n')
    monkeypatch.chdir(tmp_path)
    (sweep,) = chosen_sweeps({}, None, config)
    assert [each.name for each in sweep.method_classes] == ["mine"]
    config.write_text('plugin = "your.py"\n')
    with pytest.raises(InputError, match=rf"^--config {config}: plugin: .*your\.py: there is no such file"):
        chosen_sweeps({}, None, config)


def logged(said):
    """The content of the log file that a message names."""
    path = Path(re.search(r"traceback in (\S+)\)", said)[1])
    text = path.read_text()
    path.unlink()
    return text


def test_a_syntax_error_is_named_with_its_line(write):
    said = refusal(path := write("x = 1\ndef broken(:\n"))
    assert said.startswith(f"--plugin: {path} cannot be imported: my.py, line 2: SyntaxError: ")
    assert "broken" in logged(said)


def test_an_error_at_import_is_named_with_its_line_and_logged(write):
    said = refusal(write("import math\n\nmath.sqrt(-1)\n"))
    assert re.search(r"my\.py, line 3: ValueError: \S+", said)
    assert "Traceback" in logged(said)


def test_an_error_in_a_module_beside_a_plug_in_is_named_there(write):
    write("\nraise RuntimeError('broken\\non purpose')", "fails_beside.py")
    said = refusal(write("import fails_beside\n"))
    assert "fails_beside.py, line 2: RuntimeError: broken" in said
    logged(said)


def test_a_plug_in_that_exits_is_an_error(write):
    said = refusal(write("raise SystemExit(0)\n"))
    assert "my.py, line 1: SystemExit" in said
    logged(said)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("nowhere.py", "nowhere.py: there is no such file (allowed: a Python file such as my.py, or MODULE:CLASS"),
        ("no_such_module:Mine", "there is no module no_such_module (allowed: a Python file"),
        ("not a module", "'not a module' is not allowed (allowed: a Python file"),
        ("json:JSONDecoder", "json:JSONDecoder: no class found (allowed: subclasses of OnlineHasher, BatchHasher"),
        ("json:Nothing", "json:Nothing: no class found"),
    ],
)
def test_what_is_no_plug_in_is_refused_with_what_is_allowed(given, says):
    assert says in refusal(given)


def test_a_folder_is_refused(tmp_path):
    assert "it is no regular file" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("x = 1", "no class found (allowed: subclasses of OnlineHasher"),
        (METHOD.replace('"mine"', '"lsh"'), "class Mine: 'lsh' is the name of a class of this package"),
        (METHOD.replace('"mine"', '"../mine"'), "class Mine: '../mine' is not a valid name (allowed: letters"),
        (
            METHOD + "class Second(Mine):\n    pass\n",
            "class Second has the name 'mine' of class Mine of",
        ),
        (
            "from mihash_bench.methods.base import OnlineHasher\nclass Mine(OnlineHasher):\n    name = 'mine'",
            "class Mine has no title (allowed: a method with name, title)",
        ),
        (
            "from mihash_bench.methods.base import OnlineHasher\nclass Mine(OnlineHasher):\n    title = 'Mine'",
            "class Mine has no name (allowed: a complete method)",
        ),
        (METHOD.replace('"My method"', "3"), "class Mine has the title 3 (allowed: a text)"),
        (METHOD.replace('"My method"', '" "'), "class Mine has the title ' ' (allowed: a text)"),
        (
            METHOD.replace('"My method"', '"Mine"; version = "new"'),
            "class Mine has the version 'new' (allowed: a whole number of at least 1)",
        ),
        (
            "from mihash_bench.datasets.base import DatasetSource\nclass Mine(DatasetSource):\n    name = 'mine'",
            "class Mine has no queries, read (allowed: a complete dataset)",
        ),
    ],
)
def test_a_class_that_cannot_be_used_is_named(write, code, says):
    said = refusal(path := write(code))
    assert said.startswith(f"--plugin: {path}: ")
    assert says in said
    assert "mine" not in METHODS.names()
    assert loaded_specs() == ()


def test_two_plug_ins_with_the_same_name_are_refused(write):
    first, second = write(METHOD), write(METHOD, "second.py")
    said = refusal(first, second)
    assert said.startswith(f"--plugin: {second}: class Mine has the name 'mine' of class Mine of {first}")
    assert loaded_specs() == (str(first),)


def test_an_online_and_a_batch_method_may_share_a_name(write):
    load(write(METHOD + BATCH_METHOD.replace("my-batch", "mine")))
    assert METHODS.get("mine") is not BATCH_METHODS.get("mine")

"""The structure of the package: imports only go down, and names are meaningful."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "mihash_bench"
FLOORS = [
    {"errors", "text", "anonymous", "presets", "source_code", "imports"},
    {"parameters", "search_space", "cost", "registry", "plugins", "signs", "anchors", "compiling", "sign_kernel"},
    {"codes", "neighbors", "information", "encoders"},
    {"metrics", "store", "engines"},
    {"evaluation", "answers"},
    {"stream"},
    {"methods", "batch", "datasets", "deep"},
    {"policies"},
    {"testing", "experiment", "own_data", "protocols"},
    {"settings"},
    {"sweeps", "about"},
    {"running"},
    {"report", "doctor"},
    {"studies", "search"},
    {"cli", "api"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
LONGEST_FUNCTION = 40


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def room(path):
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def module(path):
    """The dotted name of a file."""
    return ".".join(["mihash_bench", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")


MODULES = {module(path): path for path in modules()}


def imports(path):
    """The modules of the package that a file imports anywhere, late and for type checking too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mihash_bench"):
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in named}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in MODULES}
    return found - {module(path)}


def imported_rooms(path):
    return {MODULES[name].relative_to(PACKAGE).parts[0].removesuffix(".py") for name in imports(path)} - {"__init__"}


def test_every_room_has_its_floor_and_imports_only_go_down():
    upward = []
    for path in modules():
        if room(path) != "__init__":
            upward += [
                f"{path.relative_to(PACKAGE)} imports {other}"
                for other in imported_rooms(path)
                if other != room(path) and FLOOR[other] > FLOOR[room(path)]
            ]
    assert not upward


def test_no_files_import_each_other_in_a_circle():
    graph = {name: imports(path) for name, path in MODULES.items() if path.name != "__init__.py"}
    waiting = dict(graph)
    while free := [name for name, needed in waiting.items() if not needed & set(waiting)]:
        for name in free:
            del waiting[name]
    assert not waiting, f"these files import each other, or files that do: {sorted(waiting)}"


def test_running_knows_nothing_of_hashing_and_only_cli_knows_click():
    running = {other for path in modules() if room(path) == "running" for other in imported_rooms(path)}
    assert running <= {"running", "store", "errors", "text"}
    with_click = {room(path) for path in modules() if re.search(r"^\s*(import|from) click", path.read_text(), re.M)}
    assert with_click == {"cli"}


def test_no_room_is_called_utils_or_helpers():
    assert not {path.stem for path in modules()} & {"utils", "helpers", "manager", "managers", "common", "misc"}


def test_every_function_fits_on_a_screen():
    too_long = [
        f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert not too_long


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from mihash_bench.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'matplotlib', 'scipy', 'numba', 'h5py', 'torch'}\n"
        "print(*heavy & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""
    assert "export" in done.stdout


def test_only_the_deep_room_and_its_contract_import_torch():
    with_torch = {path for path in modules() if re.search(r"^\s*(import|from) torch\b", path.read_text(), re.M)}
    assert {room(path) for path in with_torch} == {"deep", "testing"}


def test_only_the_dask_executor_and_its_worker_import_dask():
    with_dask = {
        path.name for path in modules() if re.search(r"^\s*(import|from) (distributed|dask)\b", path.read_text(), re.M)
    }
    assert with_dask == {"dask_executor.py", "dask_worker.py"}


def test_a_run_without_a_network_never_imports_torch(tmp_path):
    plugin = tmp_path / "my.py"
    code = "from mihash_bench.methods.lsh import LSH\nclass Mine(LSH):\n    name = 'mine'\n    title = 'Mine'\n"
    plugin.write_text(code)
    arguments = ["run", "--plugin", str(plugin), "--method", "mine", "--dry-run", "-o", str(tmp_path / "results")]
    code = (
        "import sys; from mihash_bench.cli.main import main\n"
        f"try: main({arguments})\n"
        "except SystemExit as end: assert not end.code\n"
        "assert 'mihash_bench.deep.backbones.base' in sys.modules\n"
        "print(*{'torch', 'PIL'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""


@pytest.mark.parametrize("setting", ["online", "batch-1"])
def test_the_process_that_plans_runs_does_not_import_what_only_they_need(tmp_path, setting):
    code = (
        "import sys\n"
        "from mihash_bench.cli.main import main\n"
        f"run = ['run', '--setting', '{setting}', '--method', 'mihash', '--bits', '8', '--trials', '1']\n"
        "main([*run, '--dataset', 'synthetic', '--cache-dir', 'cache', '--dry-run'], standalone_mode=False)\n"
        "print(*{'numba', 'scipy.special', 'torch'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "to do" in done.stdout
    assert done.stderr.strip() == ""

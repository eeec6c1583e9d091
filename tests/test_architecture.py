"""The house keeps its shape: imports only go down, names say what is inside."""

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "mihash_bench"
FLOORS = [
    {"errors", "presets"},
    {"parameters", "search_space", "codes", "signs", "anchors"},
    {"neighbors", "information", "encoders"},
    {"metrics", "store"},
    {"evaluation"},
    {"stream"},
    {"methods", "batch", "datasets"},
    {"testing", "experiment"},
    {"report"},
    {"cli"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
LONGEST_FUNCTION = 40


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def room(path):
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported_rooms(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mihash_bench."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.ImportFrom) and node.module == "mihash_bench":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("mihash_bench."))


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
        "print(*{'numpy', 'pandas', 'matplotlib', 'scipy', 'numba', 'h5py'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""
    assert "export" in done.stdout

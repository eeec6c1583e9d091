import subprocess
import sys
from pathlib import Path

import pytest

import mihash_bench.methods
from mihash_bench.errors import InputError
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.registry import BACKBONES, BATCH_METHODS, DATASETS, METHODS, Registry

REGISTRIES = [METHODS, BATCH_METHODS, DATASETS, BACKBONES]


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.package)
def test_every_name_leads_to_a_class_of_that_name(registry):
    assert registry.names() == sorted(registry.names())
    for name in registry.names():
        assert registry.get(name).name == name


def test_names_are_those_of_the_public_modules_with_hyphens():
    folder = Path(mihash_bench.methods.__file__).parent
    public = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_") and path.stem != "base"}
    assert set(METHODS.names()) == {name.replace("_", "-") for name in public} >= {"lsh", "mihash"}
    assert {"sample", "cifar10", "places205-synthetic"} <= set(DATASETS.names())


def test_modules_include_the_internal_ones():
    modules = METHODS.modules()
    assert {"mihash_bench.methods.base", "mihash_bench.methods._mihash_kernel", "mihash_bench.methods.lsh"} <= set(
        modules
    )
    assert len(modules) == len(set(modules))
    assert "mihash_bench.batch._dtsh_kernel" in BATCH_METHODS.modules()


def test_listing_names_and_modules_imports_none_of_them():
    code = (
        "import sys; from mihash_bench.registry import BATCH_METHODS, METHODS\n"
        "for registry in (METHODS, BATCH_METHODS): registry.names(), registry.modules()\n"
        "rooms = ('mihash_bench.methods.', 'mihash_bench.batch.')\n"
        "print(*[name for name in sys.modules if name.startswith(rooms) or name in ('numpy', 'numba', 'scipy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("name", ["base", "_mihash_kernel", "-mihash-kernel", "mihsh"])
def test_an_unknown_name_is_refused_with_the_allowed_names(name):
    with pytest.raises(InputError, match=rf"--method: '{name}' is unknown.*\(allowed: {', '.join(METHODS.names())}\)"):
        METHODS.get(name)


def test_a_similar_name_is_suggested():
    with pytest.raises(InputError, match="did you mean 'mihash'"):
        METHODS.get("mihsh")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A registry that also finds the entry points of a package installed in tmp_path."""

    def install(points):
        (tmp_path / "theirs.py").write_text(
            "from mihash_bench.methods.lsh import LSH\n"
            "class Theirs(LSH):\n    name = 'theirs'\n"
            "class Other(LSH):\n    name = 'other'\n"
        )
        about = tmp_path / "theirs-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[mihash_bench.methods]\n{points}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "theirs", raising=False)
        return Registry("mihash_bench.methods", "OnlineHasher", "--method")

    return install


def test_a_method_of_another_package_is_found_by_its_entry_point(installed):
    registry = installed("theirs = theirs:Theirs")
    assert registry.names() == sorted([*METHODS.names(), "theirs"])
    assert issubclass(registry.get("theirs"), OnlineHasher)


@pytest.mark.parametrize("target", ["theirs:Other", "theirs:LSH.__init__"])
def test_an_entry_point_that_is_not_a_method_of_that_name_is_refused(installed, target):
    registry = installed(f"theirs = {target}")
    with pytest.raises(InputError, match="entry point 'theirs' .* is not a subclass of OnlineHasher with that name"):
        registry.get("theirs")

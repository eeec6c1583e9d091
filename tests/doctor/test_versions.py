import tomllib
from pathlib import Path

import pytest

from mihash_bench.doctor import versions
from mihash_bench.doctor.versions import PURPOSES, Requirement, check_extras, check_versions, requirements, too_old

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


def test_every_extra_has_a_purpose():
    assert set(PURPOSES) == set(PROJECT["optional-dependencies"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("click>=8.2.1", Requirement("click", "8.2.1", "")),
        ('faiss-cpu>=1.8; extra == "bench"', Requirement("faiss-cpu", "1.8", "bench")),
        ("pandas-stubs; extra == 'lint'", Requirement("pandas-stubs", "", "lint")),
        ("numba >=0.61,<2", Requirement("numba", "0.61", "")),
    ],
)
def test_a_requirement_is_read(text, found, monkeypatch):
    monkeypatch.setattr(versions, "requires", lambda name: [text])
    assert requirements() == [found]


@pytest.mark.parametrize(
    ("found", "least", "old"),
    [("2.10.0", "2.9", False), ("2.9", "2.10", True), ("3.0rc1", "3", False), ("1.8", "", False), ("9", "10.1", True)],
)
def test_versions_are_compared_as_numbers(found, least, old):
    assert too_old(found, least) is old


def test_the_dependencies_of_this_installation_are_complete():
    findings = list(check_versions())
    assert [each.check for each in findings] == ["versions"]
    assert {"mihash-bench", "python", "numpy", "numba"} <= findings[0].facts.keys()


def test_a_missing_and_an_old_dependency_are_broken_and_say_what_to_install(monkeypatch):
    needed = ["absent-package>=1.0", "numpy>=99"]
    monkeypatch.setattr(versions, "requires", lambda name: needed)
    missing, old, summary = check_versions()
    assert (missing.state, missing.said) == ("broken", "absent-package is not installed")
    assert missing.advice == "pip install 'absent-package>=1.0'"
    assert old.state == "broken"
    assert "is too old (needed: numpy>=99)" in old.said
    assert "absent-package" not in summary.facts


def test_an_old_python_is_broken(monkeypatch):
    monkeypatch.setattr(versions.platform, "python_version", lambda: "3.9.1")
    first = next(check_versions())
    assert first.state == "broken"
    assert first.said == "Python 3.9.1 (needed: 3.11 or later)"


def test_an_extra_that_lacks_a_package_is_a_note_with_its_purpose(monkeypatch):
    monkeypatch.setattr(versions, "requires", lambda name: ["absent>=1; extra == 'bench'", "numpy; extra == 'lint'"])
    bench, lint = check_extras()
    assert (bench.state, lint.state) == ("note", "ok")
    assert "absent" in bench.said
    assert PURPOSES["bench"] in bench.said
    assert "mihash-bench[bench]" in bench.advice

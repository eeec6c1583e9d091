"""Versions of the package, Python and the dependencies, and the extras that are not installed."""

import platform
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from typing import NamedTuple

from mihash_bench.doctor.finding import Finding

PACKAGE = "mihash-bench"
# What each extra of the package is for. A test compares the names with pyproject.toml.
PURPOSES = {
    "test": "running the test suite",
    "batch": "the boosted trees of the batch method `fasthash`",
    "deep": "networks that learn from images: backbones, and images as datasets",
    "parquet": "`datasets import` of .parquet files",
    "bench": "the speed comparison of `make bench` with other libraries",
    "search": "`mihash-bench search`, the codes of runs in real indexes",
    "report": "`mihash-bench report`, one HTML file about a results folder",
    "docs": "building the site of the documentation, `make docs`",
    "lint": "checking the style and the types of the code",
}
_REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)\s*(?:>=(?P<least>[\d.]+))?[^;]*(?:;.*extra == ['\"](?P<extra>[\w-]+)['\"])?"
)


class Requirement(NamedTuple):
    """A package that is needed, its lowest version or "", and the extra that needs it or ""."""

    name: str
    least: str
    extra: str

    @property
    def text(self) -> str:
        """The requirement as pip reads it."""
        return f"{self.name}>={self.least}" if self.least else self.name


def check_versions() -> Iterator[Finding]:
    """Report the version of the package, of Python, and of each dependency that is missing or too old."""
    least = (metadata(PACKAGE)["Requires-Python"] or "").removeprefix(">=")
    found = {PACKAGE: version(PACKAGE), "python": platform.python_version()}
    if too_old(found["python"], least):
        yield Finding(
            "python",
            "broken",
            f"Python {found['python']} (needed: {least} or later)",
            f"install Python {least} or later",
        )
    needed = [each for each in requirements() if not each.extra]
    complaints = list(_complaints(needed))
    yield from complaints
    found |= {each.name: each_version for each in needed if (each_version := installed(each.name))}
    said = ", ".join(f"{name} {text}" for name, text in found.items())
    yield Finding("versions", "ok", said, facts=found)


def check_extras() -> Iterator[Finding]:
    """Report which extras are not installed completely, and what each of them is for."""
    extras: dict[str, list[Requirement]] = {}
    for each in requirements():
        if each.extra:
            extras.setdefault(each.extra, []).append(each)
    for extra, needed in extras.items():
        missing = [each.name for each in needed if lacking(each)]
        purpose = PURPOSES.get(extra, "purposes of its own")
        facts = {"missing": missing, "purpose": purpose}
        if not missing:
            yield Finding(f"extra {extra}", "ok", f"installed, for {purpose}", facts=facts)
            continue
        said = f"missing or too old: {', '.join(missing)}; only needed for {purpose}"
        yield Finding(f"extra {extra}", "note", said, f"pip install 'mihash-bench[{extra}]', if you need it", facts)


def requirements() -> list[Requirement]:
    """Return what the package requires, by itself and for its extras."""
    found = (_REQUIREMENT.match(text) for text in requires(PACKAGE) or [])
    return [Requirement(each["name"], each["least"] or "", each["extra"] or "") for each in found if each]


def installed(name: str) -> str:
    """Return the version of an installed package, or ""."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def lacking(needed: Requirement) -> bool:
    """Return whether a package is missing or too old."""
    found = installed(needed.name)
    return not found or too_old(found, needed.least)


def too_old(found: str, least: str) -> bool:
    """Return whether a version is below the lowest one that is allowed; only numbers are compared."""
    return _numbers(found) < _numbers(least)


def _numbers(text: str) -> list[int]:
    leading = re.match(r"[\d.]*", text)
    return [int(part) for part in (leading[0] if leading else "").split(".") if part]


def _complaints(needed: list[Requirement]) -> Iterator[Finding]:
    for each in needed:
        if lacking(each):
            found = installed(each.name)
            said = f"{each.name} {found} is too old (needed: {each.text})" if found else f"{each.name} is not installed"
            yield Finding(each.name, "broken", said, f"pip install '{each.text}'", {"version": found})

"""Packages with plug-ins in the form in which Python finds installed ones: modules and entry points."""

from pathlib import Path


def install(folder: Path, name: str, code: str, **groups: dict[str, str]) -> Path:
    """Write module ``name`` with its entry points into a folder that can be put on PYTHONPATH.

    groups: entry points by group, such as ``methods={"mine": "Mine"}`` for the group ``mihash_bench.methods``.
    """
    (folder / f"{name}.py").write_text(code)
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = []
    for group, points in groups.items():
        lines.append(f"[mihash_bench.{group}]")
        lines += [f"{point} = {name}:{target}" for point, target in points.items()]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder

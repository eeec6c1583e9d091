"""``make bench``: this project compared with a textbook implementation, faiss and scikit-learn.

    python benchmarks/speed.py --data-dir FOLDER [--dataset cifar10] [-o results/bench] [--page docs/performance.md]

One thread unless stated otherwise. OPENBLAS_CORETYPE is dropped, since it would slow the other implementations; the
kernel that BLAS chose is recorded. No test asserts any of these figures.
"""

import os
import sys

DROPPED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
if __name__ == "__main__" and any(name in os.environ for name in DROPPED):
    # BLAS reads them once, when it is loaded, so the script restarts itself without them.
    os.execve(sys.executable, [sys.executable, *sys.argv], {k: v for k, v in os.environ.items() if k not in DROPPED})

import json
from pathlib import Path
from typing import Any

import click
import commands
import kernels
import profile_run
import scaling
from measure import HEADER, Ratio, markdown
from page import write_part
from threadpoolctl import threadpool_info, threadpool_limits

from mihash_bench.store.provenance import machine, versions

# The parts of the page: most measurements, and those of the evaluation compared with a bare pass.
MEASURED, EVALUATION = "measured", "evaluation"


def ratios(data: list[str], dataset: str, data_dir: Path) -> list[Ratio]:
    """Measure every ratio."""
    with threadpool_limits(1):
        found = [*kernels.evaluation(), *kernels.bare_passes(), *kernels.large_evaluation(), *kernels.training()]
        found.append(commands.whole_run(data, dataset, data_dir))
    return [*found, *commands.runner(data), commands.start_up()]


def tables_of(found: list[Ratio]) -> tuple[str, str]:
    """Return the table of ratios as Markdown, and that of the ratios to a bare pass, which has a part of its own."""
    bare = [ratio for ratio in found if kernels.BARE in ratio.what]
    others = [ratio for ratio in found if kernels.BARE not in ratio.what]
    return markdown(HEADER, [r.row() for r in others]), markdown(HEADER, [r.row() for r in bare])


def machine_line(results: dict[str, Any]) -> str:
    """Return what the measurements were made on."""
    return (
        f"Machine: {results['machine']['processor']}, {results['machine']['cores']} cores; BLAS kernel: "
        f"{', '.join(results['blas'])}. Features: `{results['dataset']}`."
    )


def page_part(results: dict[str, Any], table: str) -> str:
    """Return all measurements but those compared with a bare pass as Markdown."""
    parts = [
        machine_line(results),
        table,
        f"Cost of one more run in a sweep: {results['child']['one more run of a sweep, s (median)']:.2f} s.",
    ]
    if "places" in results:
        parts.append("A run of Places205's size (MIHash, trigger on, 50 checkpoints):")
        parts.append(markdown(["quantity", "value"], [[k, f"{v:.3g}"] for k, v in results["places"].items()]))
    parts += ["Limits of the machine:", markdown(["quantity", "value"], [[k, f"{v:.3g}"] for k, v in
              results["limits"].items()]), profile_run.text(results["profile"], results["limits"])]  # fmt: skip
    grown = ", ".join(f"{axis} {result['exponent']:.2f}" for axis, result in results["scaling"].items())
    parts.append(f"Growth of the time (exponents of the power laws fitted in `scaling.png`): {grown}.")
    return "\n\n".join(parts)


def measure_all(dataset: str, data_dir: Path, places: bool) -> tuple[dict[str, Any], list[Ratio]]:
    """Measure everything. Return the data, and the ratios."""
    data = ["--dataset", dataset, "--data-dir", str(data_dir)]
    found = ratios(data, dataset, data_dir)
    with threadpool_limits(1):
        limits = kernels.limits()
        results = {
            "machine": json.loads(machine()), "versions": json.loads(versions()), "dataset": dataset,
            "blas": sorted({f"{p['internal_api']} {p.get('architecture', '')}".strip() for p in threadpool_info()}),
            "ratios": [{"what": r.what, "first_s": r.slow, "second_s": r.fast, "wanted": r.wanted} for r in found],
            "child": commands.child_start(), "limits": limits, "scaling": scaling.measure(),
            "profile": profile_run.profile(dataset, data_dir),
        }  # fmt: skip
    if places:
        results["places"] = commands.places_run(limits["XOR and population count, ns per pair (59,000 items)"])
    return results, found


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path("datasets"), show_default=True)
@click.option("--dataset", default="sample", show_default=True, help="Dataset with labels for complete runs.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("results/bench"), show_default=True)
@click.option(
    "--page",
    type=click.Path(path_type=Path),
    help="Page into which the figures are written, such as docs/performance.md.",
)
@click.option(
    "--places/--no-places",
    default=False,
    show_default=True,
    help="Also time a run of Places205's size, which takes minutes.",
)
def main(data_dir: Path, dataset: str, output: Path, page: Path | None, places: bool) -> None:
    """Measure all speeds and write speed.md, speed.json and scaling (PDF, PNG)."""
    output.mkdir(parents=True, exist_ok=True)
    results, found = measure_all(dataset, data_dir, places)
    table, bare = tables_of(found)
    parts = {MEASURED: page_part(results, table), EVALUATION: f"{machine_line(results)}\n\n{bare}"}
    text = "\n\n".join(parts.values())
    (output / "speed.json").write_text(json.dumps(results, indent=1))
    (output / "speed.md").write_text(text + "\n")
    scaling.draw(results["scaling"], output / "scaling")
    if page is not None:
        for name, part in parts.items():
            write_part(page, name, part)
    click.echo(text)


if __name__ == "__main__":
    main()

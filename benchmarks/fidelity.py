"""Measures the effect of each difference from the authors' release and writes it into docs/fidelity.md.

    python benchmarks/fidelity.py --data-dir FOLDER [--dataset cifar10] [--examples N] [--page docs/fidelity.md]

All cases run the same three trials, with the queries, streams, reservoir keys and initial draws of ``mihash-bench run``
with its defaults and trigger on. Only the number of checkpoints is 11 instead of 50, which changes no final figure.
"""

from pathlib import Path
from typing import Any

import click
import joblib
import numpy as np
from released_defects import DIFFERENCES, Case, Difference, saturated_levels
from threadpoolctl import threadpool_limits

from mihash_bench.datasets.base import default_cache_dir
from mihash_bench.experiment.hash_table import HashTable
from mihash_bench.experiment.measuring import evaluate_codes
from mihash_bench.experiment.retrieval import draw_retrieval
from mihash_bench.experiment.seeds import seed_sequence
from mihash_bench.experiment.snapshot import Snapshot
from mihash_bench.methods.lsh import LSH
from mihash_bench.metrics.average_precision import MAP_EXPECTED
from mihash_bench.metrics.base import parse_metrics
from mihash_bench.neighbors import SharedLabels
from mihash_bench.registry import DATASETS
from mihash_bench.report.data.randomisation import randomisation_p_values
from mihash_bench.report.data.significance import LEVEL
from mihash_bench.settings._online_data import draw_plan
from mihash_bench.settings._online_options import OnlineConfig, OnlineOptions
from mihash_bench.stream.trigger import TriggerUpdate

METRICS = "mAP,mAP[ties=index],mAP@1000"
TRIALS = 3
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
DRAWS = 20
SATURATED_BITS = (128, 192)
TITLES = [
    "authors' release", "this project",
    "mAP: this project", "mAP: as released", "mAP[ties=index]: this project", "mAP[ties=index]: as released",
    "updates: this project", "updates: as released",
    "difference in mAP, mean over trials (minimum to maximum)",
]  # fmt: skip

Figures = dict[str, float]
Where = tuple[str, Path, Path]


def _config(case: Case, dataset: str, examples: int, trial: int) -> OnlineConfig:
    names = {"setting": "online", "dataset": dataset, "dataset_parameters": (), "method": case.method.name}
    usual = {name: OnlineOptions.defaults()[name] for name in OnlineOptions.must_agree}
    usual |= {"policy": "full", "protocol": "standard"}
    stream = {**usual, "reservoir": case.reservoir, "examples": examples, "checkpoints": 11}
    return OnlineConfig(
        **names, method_parameters=(), bits=case.bits, trigger="on", trial=trial, metrics=(METRICS,), **stream
    )  # type: ignore[arg-type]


def run_case(case: Case, where: Where, examples: int, trial: int) -> Figures:
    """Perform one trial of one case and return its final metrics and updates."""
    name, data_dir, cache_dir = where
    with threadpool_limits(1):
        dataset = DATASETS.get(name)().load(data_dir, cache_dir)
        config = _config(case, name, examples, trial)
        retrieval = draw_retrieval(dataset, config.seed)
        plan = draw_plan(config, len(retrieval.database))
        made: Any = case.method
        # As in settings._online_run, so that a changed case has the same draws as the unchanged method.
        seed = seed_sequence(config.seed, "method", name, case.method.name, case.bits, trial)
        done = case.trial(
            made(case.bits, random_state=seed, **case.parameters),
            retrieval,
            plan,
            case.trigger(retrieval, plan) if case.trigger else TriggerUpdate(),
            reservoir_size=case.reservoir,
            metrics=parse_metrics(METRICS),
        ).run()
    return {column: float(values[-1]) for column, values in done.curve.items()}


def measure(cases: list[Case], where: Where, examples: int, jobs: int) -> dict[str, list[Figures]]:
    """Return the figures of each case, one entry for each trial."""
    work = [(case, trial) for case in cases for trial in range(TRIALS)]
    done = joblib.Parallel(jobs, verbose=5)(joblib.delayed(run_case)(c, where, examples, t) for c, t in work)
    return {case.name: [f for (c, _), f in zip(work, done, strict=True) if c.name == case.name] for case in cases}


def saturation(where: Where, bits: int) -> tuple[float, float]:
    """Return mAP of LSH codes with ties in database order, ranked by distance and by saturated similarities."""
    dataset = DATASETS.get(where[0])().load(*where[1:])
    retrieval = draw_retrieval(dataset, 0)
    method = LSH(bits, random_state=seed_sequence(0, "method", where[0], "lsh", bits, 0))
    method.start(retrieval.database_rows)
    queries = method.encode(dataset.features[retrieval.queries])
    table = method.encode(dataset.features[retrieval.database])
    labels = dataset.labels
    near = SharedLabels().between(None, labels[retrieval.queries], None, labels[retrieval.database])
    values = []
    for query, relevant in zip(queries, near, strict=True):
        plain = bits - 2 * ((query != table).sum(axis=1))
        saturated = -saturated_levels(query[None], table)[0]
        values.append([_average_precision(relevant[np.argsort(-s, kind="stable")]) for s in (plain, saturated)])
    first, second = np.mean(values, axis=0)
    return float(first), float(second)


def draws_that_differ(where: Where) -> tuple[int, int]:
    """Return how many pairs of LSH draws the test over queries rejects, and the number of pairs.

    The two methods of each pair are equal by construction."""
    dataset = DATASETS.get(where[0])().load(*where[1:])
    retrieval = draw_retrieval(dataset, 0)
    values = []
    for draw in range(2 * DRAWS):
        encoder = LSH(32, random_state=draw).start(retrieval.database_rows).snapshot()
        snapshot = Snapshot("lsh", encoder, 32, retrieval.features)
        done = evaluate_codes(retrieval, HashTable(retrieval, snapshot).words(), [MAP_EXPECTED], 32)
        values.append(done.per_query[MAP_EXPECTED])
    differences = [a - b for a, b in zip(values[::2], values[1::2], strict=True)]
    p_values = randomisation_p_values([each[~np.isnan(each)] for each in differences])
    return int((p_values < LEVEL).sum()), DRAWS


def _average_precision(relevant: Any) -> float:
    ranks = np.flatnonzero(relevant) + 1
    return float((np.arange(1, len(ranks) + 1) / ranks).mean()) if len(ranks) else float("nan")


def row(difference: Difference, figures: dict[str, list[Figures]]) -> list[str]:
    """Return one row of the table: the difference, and mAP and updates without and with it."""
    plain, changed = (figures[case.name] for case in (difference.as_it_is, difference.changed))
    cells = [difference.released, difference.here]
    for column, form in (("mAP", ".3f"), ("mAP[ties=index]", ".3f"), ("updates", ".1f")):
        cells += [_mean(plain, column, form), _mean(changed, column, form)]
    paired = [b["mAP"] - a["mAP"] for a, b in zip(plain, changed, strict=True)]
    return [*cells, f"{np.mean(paired):+.3f} ({min(paired):+.3f} to {max(paired):+.3f})"]


def _mean(runs: list[Figures], column: str, form: str) -> str:
    values = [run[column] for run in runs]
    return f"{np.mean(values):{form}} ± {np.std(values, ddof=1):{form}}"


def lost_queries(figures: list[Figures], queries: int) -> tuple[float, float]:
    """Return mAP@1000 over all queries and, as in the release, over those with a hit among the first 1,000."""
    here = [run["mAP@1000"] for run in figures]
    kept = [queries - run["queries_without_relevant"] for run in figures]
    there = [v * n / (n - run["mAP@1000 empty"]) for v, n, run in zip(here, kept, figures, strict=True)]
    return float(np.mean(here)), float(np.mean(there))


def page_part(where: Where, examples: int, jobs: int) -> str:
    """Measure everything and return it as Markdown."""
    dataset = DATASETS.get(where[0])().load(*where[1:])
    queries = len(draw_retrieval(dataset, 0).queries)
    cases = {case.name: case for d in DIFFERENCES for case in (d.as_it_is, d.changed)}
    lsh = Case("LSH", LSH)
    figures = measure([*cases.values(), lsh], where, examples, jobs)
    table = [TITLES, ["---"] * len(TITLES), *(row(difference, figures) for difference in DIFFERENCES)]
    n, d = dataset.features.shape
    lines = [f"Measured on `{where[0]}`: {n:,} rows of {d} features, {queries:,} queries, streams of {examples:,}", ""]
    lines[0] += f" examples, {TRIALS} trials, trigger on, 32 bits unless stated otherwise; mean ± standard deviation"
    lines[0] += " over trials."
    lines += ["| " + " | ".join(cells) + " |" for cells in table]
    lines += ["", "Differences in metrics and codes, which need no streams of their own:", ""]
    for name in ("LSH", "OSH", "MIHash"):
        here, there = lost_queries(figures[name], queries)
        lines.append(
            f"* mAP@1000 of {name}: {here:.4f} over all queries; {there:.4f} as in the release, which leaves out "
            f"queries without a relevant item among the first 1,000."
        )
        ties = [np.mean([run[column] for run in figures[name]]) for column in ("mAP", "mAP[ties=index]")]
        lines.append(
            f"* mAP of {name}: {ties[0]:.4f} averaged over all orders of ties; {ties[1]:.4f} in database order."
        )
    for bits in SATURATED_BITS:
        plain, saturated = saturation(where, bits)
        lines.append(
            f"* LSH at {bits} bits, ties in database order: mAP {plain:.4f}; {saturated:.4f} with int8 similarities, "
            f"which saturate at 127."
        )
    rejected, pairs = draws_that_differ(where)
    lines.append(
        f"* The test over queries finds a significant difference in {rejected} of {pairs} pairs of LSH draws, because "
        f"it compares codes, not methods."
    )
    return "\n".join(lines)


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path("datasets"), show_default=True)
@click.option("--cache-dir", type=click.Path(path_type=Path))
@click.option("--dataset", default="cifar10", show_default=True, help="A dataset with labels.")
@click.option("--examples", type=int, help="Length of the stream.  [default: that of the dataset]")
@click.option("-j", "--jobs", type=int, default=-1, help="Maximum number of parallel runs.  [default: number of cores]")
@click.option("--page", type=click.Path(path_type=Path), default=Path("docs/fidelity.md"), show_default=True)
def main(data_dir: Path, cache_dir: Path | None, dataset: str, examples: int | None, jobs: int, page: Path) -> None:
    """Measure the known differences from the authors' release and write them into a page."""
    where = (dataset, data_dir, cache_dir or default_cache_dir())
    text = page.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    measured = page_part(where, examples or DATASETS.get(dataset).examples, jobs)
    page.write_text(f"{before}{BEGIN}\n{measured}\n{END}{after}")


if __name__ == "__main__":
    main()

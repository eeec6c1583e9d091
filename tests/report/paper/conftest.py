"""Runs of the paper study, made by hand."""

import pytest

from mihash_bench.report.paper.runs import PaperRuns
from mihash_bench.report.paper.write import write_paper

from ..frames import batch_run, joined, run

TITLES = {"cifar10": "CIFAR-10 [STAND-IN]", "places205": "Places205", "labelme": "LabelMe [STAND-IN]"}
NOTES = {"cifar10": "STAND-IN for CIFAR-10: a sample.", "places205": "", "labelme": "STAND-IN for LabelMe: rows."}


def part(name, method, trial, trigger, **changed):
    rows = run(
        method, trial, trigger, dataset=name, method_title={"mihash": "MIHash", "osh": "OSH"}[method],
        dataset_title=TITLES.get(name, "CIFAR-10"), **changed,
    )  # fmt: skip
    return rows.assign(part=name)


@pytest.fixture
def runs():
    return runs_by_hand()


@pytest.fixture(scope="session")
def paper(tmp_path_factory):
    """The folder of a written paper, and its paths as they were returned."""
    folder = tmp_path_factory.mktemp("paper") / "paper"
    return folder, write_paper(runs_by_hand(), folder)


def runs_by_hand():
    parts = [
        part(name, method, trial, trigger, values=(0.1, 0.2, 0.3 + 0.1 * trial + 0.3 * (method == "mihash")))
        for name in TITLES
        for method in ("mihash", "osh")
        for trigger in (("on", "off") if name == "cifar10" else ("on",))
        for trial in range(2)
        if not (name == "labelme" and method == "osh")
    ]
    batch = [
        batch_run(name, bits=bits, method_title=name.upper(), dataset="sample", dataset_title=TITLES["cifar10"])
        for name in ("sdh", "shk")
        for bits in (12, 24)
    ]
    batch.append(batch_run("mihash", variant="epochs=1", method_title="MIHash", dataset_title=TITLES["cifar10"]))
    notes = {**NOTES, "batch": NOTES["cifar10"]}
    every = joined(*parts, *(rows.assign(part="batch") for rows in batch))
    return PaperRuns(every, notes, "QUICK: short streams.", "QUICK: few trials.")


@pytest.fixture
def compared(runs):
    rows = part("published", "mihash", 0, "off", variant="gradient=released", values=(0.1, 0.2, 0.4))
    rows = rows.rename(columns={"mAP": "mAP[ties=index]"})
    return PaperRuns(joined(runs.frame, rows), NOTES)

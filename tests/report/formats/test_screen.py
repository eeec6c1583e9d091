import io
import re

import pytest
from rich.console import Console

from mihash_bench.report.render import print_summary

from ..frames import joined, run

BOLD = "\x1b[1m"


def printed(frame, metric="mAP", *, width=80, colour=False):
    console = Console(
        file=io.StringIO(), width=width, force_terminal=colour, color_system="standard" if colour else None
    )
    print_summary(frame, metric, console)
    return console.file.getvalue()


def test_the_summary_shows_method_trigger_final_metric_auc_and_updates(frame):
    text = printed(frame)
    assert "Sample, 32 bits" in text
    row = next(line for line in text.splitlines() if "MIHASH" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "MIHASH", "on", "0.600 ± 0.100", "0.325 ± 0.025", "2.0 ± 0.0"
    ]  # fmt: skip


def test_the_best_is_bold_and_others_are_not(frame):
    lines = printed(frame, colour=True).splitlines()
    assert any(f"{BOLD}0.600 ± 0.100" in line for line in lines)
    assert not any(f"{BOLD}0.200 ± 0.000" in line for line in lines)


def test_brackets_in_metrics_and_names_are_shown(frame):
    renamed = frame.rename(columns={"mAP": "mAP[ties=index]"}).assign(method_title="[red]x", dataset_title="[bold]y")
    text = printed(renamed, "mAP[ties=index]", width=100)
    header = next(line for line in text.splitlines() if "mAP[ties=index]" in line)
    assert "AUC" in header
    assert "database order" in text
    assert "[red]x" in text
    assert "[bold]y, 32 bits" in text


def test_on_a_narrow_screen_numbers_stay_whole():
    text = printed(
        joined(run(variant="gradient=released,step_size=0.5"), run(trial=1, variant="gradient=released,step_size=0.5")),
        width=64,
    )
    assert "0.500 ± 0.000" in text
    assert "…" not in text


def test_there_is_one_table_per_dataset_and_code_length(frame):
    text = printed(joined(frame, run(bits=64), run(dataset="other", dataset_title="Other")))
    assert [line.strip() for line in text.splitlines() if line.rstrip().endswith(" bits")] == [
        "Other, 32 bits", "Sample, 32 bits", "Sample, 64 bits"
    ]  # fmt: skip


def test_a_metric_that_no_finished_run_has_is_named(frame):
    assert printed(frame, "P@9") == "No finished run has P@9.\n"


@pytest.mark.parametrize("width", [80, 40])
def test_no_line_is_longer_than_the_screen_and_nothing_is_lost(frame, width):
    variant = "gradient=released,step_size=0.5"
    every = joined(frame, *(run(variant=variant, trial=trial, values=(0.1, 0.2, 0.3 + trial)) for trial in range(2)))
    text = printed(every.assign(dataset_title="Places205, " + "a" * 50), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    for number in ("0.600 ± 0.100", "0.325 ± 0.025", "0.800 ± 0.707", "0.200 ± 0.000", "2.0 ± 0.0"):
        assert number in text
    bare = re.sub(r"[\s│┃]", "", text)
    assert "a" * 50 in bare
    assert bare.count("LSH") == 2
    words = variant.replace(",", ", ").split()
    assert all(word in bare for word in words)


def test_on_a_narrow_screen_each_row_is_a_block(frame):
    lines = [line.rstrip() for line in printed(frame, width=40).splitlines()]
    at = lines.index("MIHASH, on")
    assert lines[at + 1 : at + 4] == ["  mAP      0.600 ± 0.100", "  AUC      0.325 ± 0.025", "  Updates  2.0 ± 0.0"]
    assert lines[0] == "Sample, 32 bits"

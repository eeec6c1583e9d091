"""The claims of the poster, each with what our runs show of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pandas as pd

from mihash_bench.report.data.published import beside
from mihash_bench.report.data.statistics import summary
from mihash_bench.report.paper.runs import BATCH, BATCH_2, METRIC, PARTS, PUBLISHED, PaperRuns
from mihash_bench.report.paper.tables import PUBLISHED_METRIC, published_online
from mihash_bench.report.titles import series_title

# Changes of mAP up to this size count as none.
TOLERANCE = 0.01
HOLDS, IN_PART, FAILS, NOT_RUN = "holds", "holds in part", "does not hold", "not run"
OURS, WITHOUT_BOOSTING = "mihash", "boosting=off"

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Claim:
    """A claim and the verdict on it. measured: what was measured, one sentence each."""

    said: str
    verdict: str
    measured: tuple[str, ...]


def claims_of(runs: PaperRuns) -> list[Claim]:
    """Return the claims in the order of the poster."""
    return [_trigger(runs), _online(runs), _boosting(runs), _curve(runs), _batch(runs, BATCH), _batch(runs, BATCH_2)]


def verdict_of(found: Sequence[bool]) -> str:
    """Return the verdict on a claim from the cases in which it holds."""
    if not found:
        return NOT_RUN
    return HOLDS if all(found) else IN_PART if any(found) else FAILS


def _rows(runs: PaperRuns, part: str, trigger: str | None = None) -> list[dict[Any, Any]]:
    frame = runs.of(part)
    frame = frame if trigger is None else frame[frame["trigger"] == trigger]
    return summary(frame, METRIC, further=("table_s",)).to_dict("records") if len(frame) else []


def _name(row: Row) -> str:
    return series_title(row["method_title"], row["variant"])


def _trigger(runs: PaperRuns) -> Claim:
    """Trigger Update: fewer updates with each method, at no loss of mAP larger than TOLERANCE."""
    pairs: dict[tuple[str, str], dict[str, Row]] = {}
    for row in _rows(runs, PARTS[0]):
        pairs.setdefault((row["method"], row["variant"]), {})[row["trigger"]] = row
    both = [pair for pair in pairs.values() if {"on", "off"} <= set(pair)]
    found = [
        pair["on"]["updates_mean"] < pair["off"]["updates_mean"]
        and pair["on"]["final_mean"] >= pair["off"]["final_mean"] - TOLERANCE
        for pair in both
    ]
    return Claim(
        "Trigger Update saves hash table updates without a loss of mAP.", verdict_of(found),
        tuple(_saved(pair["on"], pair["off"]) for pair in both),
    )  # fmt: skip


def _saved(on: Row, off: Row) -> str:
    change = on["final_mean"] - off["final_mean"]
    return (
        f"{_name(on)}: {off['updates_mean']:.1f} updates become {on['updates_mean']:.1f}, "
        f"{off['table_s_mean']:.3g} s of coding the table become {on['table_s_mean']:.3g} s, "
        f"{METRIC} {off['final_mean']:.3f} becomes {on['final_mean']:.3f} ({change:+.3f})."
    )


def _online(runs: PaperRuns) -> Claim:
    """MIHash against the other online methods with their defaults, on each dataset."""
    found, said = [], []
    for ours, others in _datasets(runs):
        best = max(others, key=lambda row: row["final_mean"])
        found.append(ours["final_mean"] > best["final_mean"])
        difference = ours["final_mean"] - best["final_mean"]
        said.append(
            f"{ours['dataset_title']}: MIHash {ours['final_mean']:.3f}, best of the others {_name(best)} "
            f"{best['final_mean']:.3f} ({difference:+.3f})."
        )
    return Claim("MIHash has the highest mAP of the online methods.", verdict_of(found), tuple(said))


def _datasets(runs: PaperRuns) -> Iterator[tuple[Row, list[dict[Any, Any]]]]:
    """Yield MIHash and the other methods with their defaults, trigger on, for each dataset that has both."""
    for part in PARTS:
        rows = [row for row in _rows(runs, part, "on") if row["variant"] == ""]
        ours, others = ([row for row in rows if (row["method"] == OURS) is wanted] for wanted in (True, False))
        if ours and others:
            yield ours[0], others


def _boosting(runs: PaperRuns) -> Claim:
    """OSH, which the poster runs with boosting, against itself without it, and against MIHash."""
    found, said = [], []
    for part in PARTS:
        rows = {(row["method"], row["variant"]): row for row in _rows(runs, part, "on")}
        without, boosted, ours = (rows.get(key) for key in (("osh", WITHOUT_BOOSTING), ("osh", ""), (OURS, "")))
        if without and boosted and ours:
            found.append(without["final_mean"] <= max(boosted["final_mean"], ours["final_mean"]))
            said.append(
                f"{without['dataset_title']}: without boosting {without['final_mean']:.3f}, with boosting "
                f"{boosted['final_mean']:.3f}, MIHash {ours['final_mean']:.3f}."
            )
    claim = "OSH without boosting is behind MIHash or OSH with boosting, with which the poster compares."
    return Claim(claim, verdict_of(found), tuple(said))


def _curve(runs: PaperRuns) -> Claim:
    """The only published figure of an online run, in its own protocol."""
    found, said = [], []
    for ours, theirs in published_online(runs):
        difference = ours["final_mean"] - theirs["map"]
        found.append(abs(difference) <= TOLERANCE)
        said.append(
            f"{ours['dataset_title']}, {ours['bits']} bits, {PUBLISHED_METRIC}: ours {ours['final_mean']:.3f}, "
            f"published {theirs['map']:.3f} ({difference:+.3f})."
        )
    if runs.of(PUBLISHED).empty:
        said.append("The authors' file of CIFAR-10 is not there.")
    return Claim("MIHash reaches the mAP that the authors' code reports on CIFAR-10.", verdict_of(found), tuple(said))


def _batch(runs: PaperRuns, part: str) -> Claim:
    """The order of the batch methods at each code length, as far as it was published."""
    number = {BATCH: "1", BATCH_2: "2"}[part]
    claim = f"Setting {number}: the order of the batch methods at each code length."
    if runs.of(part).empty:
        return Claim(claim, NOT_RUN, ())
    rows = beside(summary(runs.of(part), METRIC))
    same, said = [], []
    for bits, here in rows[rows["published"].notna()].groupby("bits"):
        pairs = [_same_order(a, b) for a, b in combinations(here.to_dict("records"), 2)]
        same += pairs
        said += [_order(bits, here, pairs)] if pairs else []
    return Claim(claim, verdict_of(same), tuple(said))


def _same_order(a: Row, b: Row) -> bool:
    return bool((a["final_mean"] - b["final_mean"]) * (a["published"] - b["published"]) > 0)


def _order(bits: Any, rows: pd.DataFrame, pairs: Sequence[bool]) -> str:
    """Return how many pairs of methods are in the published order, and the best method of both orders."""
    records = rows.to_dict("records")
    ours, theirs = (max(records, key=lambda row: row[name]) for name in ("final_mean", "published"))
    return (
        f"{bits} bits: {sum(pairs)} of {len(pairs)} pairs of methods are in the published order; the best is "
        f"{_name(ours)} here ({ours['final_mean']:.3f}) and {_name(theirs)} there ({theirs['published']:.3f})."
    )

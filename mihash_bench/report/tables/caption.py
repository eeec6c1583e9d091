"""Captions: descriptions of a table's numbers, derived from the rows of the summary that it shows."""

from collections.abc import Collection, Sequence
from itertools import groupby

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.metrics.base import SO_FAR, higher_is_better, parse_metric
from mihash_bench.registry import POLICIES, PROTOCOLS
from mihash_bench.report.data.comparisons import MISSING
from mihash_bench.report.data.randomisation import FLIPS
from mihash_bench.report.data.selection import apart, has_own_splits
from mihash_bench.report.data.significance import LEVEL
from mihash_bench.report.tables.layout import Layout
from mihash_bench.report.tables.measures import TRIALS, Measure
from mihash_bench.report.tables.model import DIFFERS, EQUAL
from mihash_bench.report.titles import parameters_title
from mihash_bench.settings.base import Setting, setting_of

# What is added if the second best is marked.
SECOND = "; second best underlined"


def caption_of(layout: Layout, measures: Sequence[Measure], part: pd.DataFrame) -> str:
    """Return metrics, ties, trials, spread, and the meaning of bold type and asterisks."""
    setting = setting_of(str(part["setting"].iloc[0]))
    # The parts of a caption are divided by semicolons, so a title has none.
    where = [str(part["dataset_title"].iloc[0]).replace(";", ","), setting.name] if "dataset" in layout.split else []
    only = f"Trigger Update {part['trigger'].iloc[0]}" if layout.series and the_only("trigger", part) else ""
    by_method = not any(measure.read is TRIALS.read for measure in measures)
    spread = spread_of(part, drawn_anew(setting, part), by_method=by_method)
    final = _final(measures, part, setting.wording.final)
    areas = dict.fromkeys(each.caption.format(metric=_metric_of(each, part)) for each in measures if each.caption)
    parts = [
        *_apart(part),
        *areas,
        only,
        spread,
        _bold(layout, measures, part),
        _test(measures, part),
        _parameters(layout, part),
    ]
    return "; ".join(filter(None, [", ".join(filter(None, [final, *where])), *parts]))


def _apart(part: pd.DataFrame) -> list[str]:
    """Return the protocol and the table policy with their titles, if they are not the usual ones."""
    registries, texts = {"protocol": PROTOCOLS, "policy": POLICIES}, []
    for kind, _, name in (each.partition("=") for each in apart(str(part["dataset"].iloc[0])).split(", ") if each):
        # Parameters of a protocol have no title, and a plug-in may not be loaded.
        known = kind in registries and name in registries[kind].names()
        title = f" ({registries[kind].get(name).title})" if known else ""
        texts.append(f"{kind} {name}{title}")
    return texts


def the_only(name: str, part: pd.DataFrame) -> bool:
    """Return whether all rows have the same value, which the caption then gives instead of a column."""
    return part[name].nunique() == 1 and part[name].iloc[0] != ""


def _metric_of(measure: Measure, part: pd.DataFrame) -> str:
    return measure.metric or str(part["metric"].iloc[0])


def _final(measures: Sequence[Measure], part: pd.DataFrame, when: str) -> str:
    """Return the metrics whose final values have a column, how they treat ties, and when they are measured."""
    metrics = dict.fromkeys(_metric_of(each, part) for each in measures if each.marks_differences)
    ties = {metric: ties_of(metric) for metric in metrics}
    # What neighboring metrics share is said once, behind the last of them.
    parts = [" and ".join(members) + note for note, members in groupby(metrics, key=ties.__getitem__)]
    return f"{' and '.join(parts)} {when}" if parts else ""


def _bold(layout: Layout, measures: Sequence[Measure], part: pd.DataFrame) -> str:
    directions = [higher_is_better(_metric_of(each, part)) for each in measures if each.marks_best]
    if directions and None in directions:
        return "no best value is marked because the plug-in of the metric is not loaded"
    bold = "best mean of each dataset and code length in bold" if layout.keys else "best of each column in bold"
    return bold if directions else ""


def drawn_anew(setting: Setting, part: pd.DataFrame) -> str:
    """Return what differs between trials, where a caption has to say it: the setting's words, and splits."""
    own = part["dataset"].map(has_own_splits)
    where = "" if own.all() else " where split=trial"
    splits = [f"each trial with its own split into queries and database{where}"] if own.any() else []
    return ", ".join(filter(None, [setting.wording.trials, *splits]))


def ties_of(metric: str) -> str:
    """Return how a metric treats ties, in brackets; empty if it has none or if its family is not installed."""
    try:
        note = parse_metric(metric.removesuffix(SO_FAR)).ties_note
    except InputError:
        return ""
    return f" ({note})" if note else ""


def spread_of(part: pd.DataFrame, drawn: str = "", *, by_method: bool = False) -> str:
    """Return the number of trials and the meaning of the spread.

    drawn: what differs between trials. by_method: give each method's number of trials where they differ.
    """
    fewest, most = int(part["trials"].min()), int(part["trials"].max())
    if most == 1:
        return "a single trial"
    trials = f"{most} trials" if fewest == most else f"{fewest} to {most} trials"
    if fewest != most and by_method:
        trials += f" ({_trials_by_method(part)})"
    return ", ".join(filter(None, [f"mean ± standard deviation (n-1) over {trials}", drawn]))


def _trials_by_method(part: pd.DataFrame) -> str:
    groups = part.groupby("method_title")["trials"]
    ranges = zip(groups.min().items(), groups.max(), strict=True)
    return ", ".join(f"{title} {low}" if low == high else f"{title} {low} to {high}" for (title, low), high in ranges)


def _test(measures: Sequence[Measure], part: pd.DataFrame) -> str:
    """Return what the asterisks mean, and which metrics of the table cannot have any."""
    shown = list(dict.fromkeys(_metric_of(each, part) for each in measures if each.marks_differences))
    part = part[part["metric"].isin(shown)]
    if "p_adjusted" not in part:
        return ""
    tested = set(part.loc[part["p_adjusted"].notna(), "metric"])
    trials = "the trials that have it" if part["dataset"].map(has_own_splits).any() else "trials"
    queries = ", ".join(f"{int(number):,}" for number in sorted(set(part["queries"].dropna())))
    equal = f" ({EQUAL} not shown to be worse)" if any(each.marks_equal for each in measures) else ""
    test = (
        f"{DIFFERS} worse in every trial and by a paired randomisation test on the {values_name(tested)} of each query "
        f"(mean over {trials}), {queries} queries, at least {FLIPS:,} sign flips, Holm over all pairs of a dataset and "
        f"code length, level {LEVEL}{equal}"
    )
    return "; ".join([*([test] if tested else []), *_untested(shown, tested, part)])


def values_name(metrics: Collection[str]) -> str:
    """Return what the values of queries of some metrics are called."""
    return "AP" if all(metric.startswith("mAP") for metric in metrics) else "value"


def _untested(shown: Sequence[str], tested: Collection[str], part: pd.DataFrame) -> list[str]:
    """Return which metrics have no test, or none of some rows, because runs do not store their values of queries."""
    missing = set(part.loc[part["query_values"] == MISSING, "metric"])
    none = [metric for metric in shown if metric in missing and metric not in tested]
    some = [metric for metric in shown if metric in missing and metric in tested]
    texts = [f"no test of {' and '.join(none)}, whose values of queries are not stored"] if none else []
    return [*texts, *([f"no test of {' and '.join(some)} where values of queries are not stored"] if some else [])]


def _parameters(layout: Layout, part: pd.DataFrame) -> str:
    """Return the parameters of methods whose names leave them out."""
    if not layout.short_names:
        return ""
    left_out = part[(part["variant"] != "") & (part["name"] == part["method_title"])]
    pairs = sorted(set(zip(left_out["method_title"], left_out["variant"], strict=True)))
    texts = [f"{title}: {parameters_title(variant)}" for title, variant in pairs]
    return f"parameters other than the defaults: {'; '.join(texts)}" if texts else ""


def differences_caption(layout: Layout, measures: Sequence[Measure], part: pd.DataFrame) -> str:
    """Return the description of the columns of a table of differences."""
    return (
        f"Difference of {part['metric'].iloc[0]} by query; 95 % bootstrap interval over queries, not corrected for the "
        "number of pairs; effect size: mean over standard deviation; trials that agree: those in which the difference "
        "has its overall sign"
    )


def comparison_caption(layout: Layout, measures: Sequence[Measure], part: pd.DataFrame) -> str:
    """Return the description of a comparison of two results folders: metric, direction, trials and test."""
    setting, metric = setting_of(str(part["setting"].iloc[0])), str(part["metric"].iloc[0])
    better = {True: "larger is better", False: "smaller is better", None: "its plug-in is not loaded"}
    what = f"{metric}{ties_of(metric)} {setting.wording.final} in two results folders, A and B"
    tested = part["p_value"].notna().any()
    test = (
        "difference by query with its 95 % bootstrap interval over queries; paired randomisation test on the "
        f"{values_name([metric])} of each query (mean over trials), at least {FLIPS:,} sign flips, Holm over all rows; "
        "effect size: mean over standard deviation; trials that agree: those in which the difference has its overall "
        "sign"
    )
    untested = f"the values of {metric} for each query are not stored, so that the difference is not tested"
    return "; ".join(
        [what, better[higher_is_better(metric)], spread_of(part, setting.wording.trials), test if tested else untested]
    )

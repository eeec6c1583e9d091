"""Columns of metrics whose code has changed since they were measured: they count as missing.

The attribute ``metric_code`` of a run file, and of the file of its later metrics, is a JSON object with the digest of
the code of each metric of a plug-in. A metric of this package has the digest "".
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mihash_bench.errors import InputError
from mihash_bench.metrics.base import code_of_metric, parse_metric
from mihash_bench.store.record import RunRecord

METRIC_CODE = "metric_code"
# The ending of the columns that count what a metric leaves out.
EMPTY = " empty"


def codes_in(about: Mapping[str, Any]) -> dict[str, str]:
    """Return the digests in some attributes, by the metric's text. Raises InputError if they cannot be read."""
    text = str(about.get(METRIC_CODE, "{}"))
    if text == "{}":
        return {}
    try:
        codes = json.loads(text)
    except (ValueError, RecursionError):
        codes = None
    if not isinstance(codes, dict) or not all(isinstance(digest, str) for digest in codes.values()):
        raise InputError(f"its {METRIC_CODE} is not a JSON object of texts")
    return codes


def present_code(metric: str) -> str | None:
    """Return the digest of a metric's code as it is here, "" for one of this package, None for an unknown metric."""
    try:
        parse_metric(metric)
    except InputError:
        return None
    code = code_of_metric(metric)
    return "" if code is None else code.digest


def is_older(metric: str, digest: str) -> bool:
    """Return whether a metric is known here and was measured by code with another digest."""
    return present_code(metric) not in (None, digest)


def without_older(record: RunRecord, later: Mapping[str, str] | None = None) -> RunRecord:
    """Return the record without the columns, and the values of queries, of metrics that older code has measured.

    later: the digests of the metrics that were measured later. If a metric is unknown here, its code that measured last
    counts as the present one. The digests of all metrics stay among the attributes. A record without such columns is
    returned as it is.
    """
    metrics, codes, last = str(record.attributes["metrics"]).split(","), codes_in(record.attributes), later or {}

    def counts(name: str) -> bool:
        present = present_code(name)
        return codes.get(name, "") == (last.get(name, codes.get(name, "")) if present is None else present)

    older = {name: codes.get(name, "") for name in metrics if name and not counts(name)}
    if not older:
        return record
    about = {"metrics": ",".join(name for name in metrics if name not in older),
             METRIC_CODE: json.dumps({**codes, **older})}  # fmt: skip
    curve = {name: column for name, column in record.curve.items() if name.removesuffix(EMPTY) not in older}
    values = {name: each for name, each in record.per_query.items() if name not in older}
    return replace(record, attributes={**record.attributes, **about}, curve=curve, per_query=values)

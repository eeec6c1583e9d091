"""Checking that the metrics of a sweep fit its runs, without what evaluates them."""

from itertools import product

from mihash_bench.experiment.options import Options
from mihash_bench.metrics.base import parse_metric


def check_metrics(options: Options, n_database: int) -> None:
    """Raise InputError, naming ``--metric``, if a metric does not fit the size of the database or a code length."""
    for text, bits in product(options.metric, options.bits):
        parse_metric(text).check(n_database, bits)

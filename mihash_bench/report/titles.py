"""The names of methods, variants and files in reports."""

import re
from hashlib import sha256

import pandas as pd

from mihash_bench.text import writable

# Metrics whose names differ have different names of files: all parts are letters and digits, and the signs between
# them follow from their number.
_USUAL = re.compile(r"[A-Za-z0-9]+(@[A-Za-z0-9]+)?(\[[A-Za-z0-9]+=[A-Za-z0-9]+\])?")
MOST_CHARACTERS = 80


def series_title(title: str, variant: str) -> str:
    """Return the name of a method and its variant in figures and tables."""
    return f"{title} ({parameters_title(variant)})" if variant else title


def series_titles(rows: pd.DataFrame) -> list[str]:
    """Return the name of each row's method and variant: its label, if ``data.choice`` has given it one."""
    labels = rows["label"] if "label" in rows else [""] * len(rows)
    triples = zip(labels, rows["method_title"], rows["variant"], strict=True)
    return [label or series_title(title, variant) for label, title, variant in triples]


def parameters_title(variant: str) -> str:
    """Return the parameters of a variant as running text."""
    return variant.replace(",", ", ")


def dashed(text: str) -> str:
    """Return the letters and digits of a name, up to a length: ``mAP[ties=index]`` becomes ``mAP-ties-index``."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text)[:MOST_CHARACTERS].strip("-")


def file_safe(metric: str) -> str:
    """Return a metric's name for files, with a part of its digest if ``dashed`` might be that of another metric."""
    if _USUAL.fullmatch(metric) and len(metric) <= MOST_CHARACTERS:
        return dashed(metric)
    digest = sha256(writable(metric).encode()).hexdigest()[:8]
    return "-".join(filter(None, (dashed(metric), digest)))

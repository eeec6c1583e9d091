"""The names of methods, variants and files in reports."""

import re


def series_title(title: str, variant: str) -> str:
    """Return the name of a method and its variant in figures and tables."""
    return f"{title} ({parameters_title(variant)})" if variant else title


def parameters_title(variant: str) -> str:
    """Return the parameters of a variant as running text."""
    return variant.replace(",", ", ")


def file_safe(metric: str) -> str:
    """Return a metric's name for files: ``mAP[ties=index]`` becomes ``mAP-ties-index``."""
    return re.sub(r"[^A-Za-z0-9]+", "-", metric).strip("-")

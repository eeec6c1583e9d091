"""What methods, variants and files are called."""

import re


def series_title(title: str, variant: str) -> str:
    """Return how a method and its variant are called in figures and tables."""
    return f"{title} ({variant.replace(',', ', ')})" if variant else title


def file_safe(metric: str) -> str:
    """Return a metric's name for files: ``mAP[ties=index]`` becomes ``mAP-ties-index``."""
    return re.sub(r"[^A-Za-z0-9]+", "-", metric).strip("-")

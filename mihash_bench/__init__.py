"""Benchmarks for online hashing: how good are the codes, how often was the table rebuilt, what did it cost."""

from importlib.metadata import version

__version__ = version("mihash-bench")

"""Benchmarks for online hashing: the quality of the codes, the number of table updates and the cost of both."""

from importlib.metadata import version

__version__ = version("mihash-bench")

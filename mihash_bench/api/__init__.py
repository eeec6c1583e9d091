"""The Python face: the functions of ``import mihash_bench``, with the words of the command line."""

from mihash_bench.api.codes import evaluate, load_encoder
from mihash_bench.api.own_data import import_dataset
from mihash_bench.api.reports import compare, load_results, plot, table
from mihash_bench.api.sweep import run

__all__ = ["compare", "evaluate", "import_dataset", "load_encoder", "load_results", "plot", "run", "table"]

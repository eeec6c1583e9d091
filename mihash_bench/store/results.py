"""All run files of a results folder as tables: one row for each run, and one row for each run and checkpoint."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.store.ap_places import read_again
from mihash_bench.store.columns import (
    ADDED,
    ADDED_COLUMNS,
    AP_ARRAYS,
    BEHIND,
    COST_COLUMNS,
    LAST_COLUMNS,
    RUN_COLUMNS,
    WITH_VALUES,
)
from mihash_bench.store.companions import runs_with_metrics
from mihash_bench.store.curves import Curves
from mihash_bench.store.derived import Derived
from mihash_bench.store.index import Index, read_index, write_index
from mihash_bench.store.layout import derived_path, run_paths
from mihash_bench.store.reading import Check, identity_of, names_below, read_files, unchecked
from mihash_bench.store.run_file import RunRecord, read_run

if TYPE_CHECKING:
    import pandas as pd

# So many different lists of queries are kept in memory.
MOST_QUERIES = 500


# Is given a record and its path, and returns it with what is stored beside its file.
Extend = Callable[[RunRecord, Path], RunRecord]


def as_it_is(record: RunRecord, path: Path) -> RunRecord:
    """Return a record without what is stored beside its file."""
    return record


@dataclass(frozen=True)
class Results:
    """The runs of a results folder.

    runs: one row for each run: the columns of the table that do not depend on the checkpoint, ``traceback``, ``config``
    and ``path``. curves: the curves of the runs, in the same order. refused: one message for each file that cannot be
    used and each folder that cannot be read. derived: values that were computed from the run files before. places:
    where the AP values of the runs are in their files, in the same order. extend: adds what is stored beside a file.
    """

    runs: "pd.DataFrame"
    curves: Curves
    refused: list[str]
    derived: Derived
    places: NDArray[Any]
    extend: Extend = as_it_is

    @cached_property
    def frame(self) -> "pd.DataFrame":
        """The table with one row for each run and checkpoint; see ``load_results``."""
        return _frame(self.runs, self.curves, _metrics(self.runs))

    def rows(self, runs: "pd.DataFrame") -> "pd.DataFrame":
        """Return the rows of the table for some of ``self.runs``, which keep their index but may have other texts."""
        return _frame(runs, self.curves.take(runs.index.to_numpy()), _metrics(self.runs))

    def last_rows(self, runs: "pd.DataFrame") -> "pd.DataFrame":
        """Return the last of the ``rows`` of each run, and all of a run with values at some of its checkpoints only.

        The final values, and the metrics that a run has, are the same as in all rows.
        """
        curves = self.curves.take(runs.index.to_numpy())
        return _frame(runs, curves.last(curves.partly_known()), _metrics(self.runs))

    def of(self, chosen: "pd.Series[bool] | NDArray[np.bool_]") -> "Results":
        """Return only the chosen runs, given by one boolean for each."""
        places = np.flatnonzero(np.asarray(chosen))
        runs = self.runs.iloc[places].reset_index(drop=True)
        return replace(self, runs=runs, curves=self.curves.take(places), places=self.places[places])

    def average_precisions(self, key: str, array: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the queries of a finished run (row numbers in the dataset's file) and the AP of each.

        array: ``ap_expected`` or ``ap_index``. Raises InputError, naming the file, if it can no longer be read or is
        now that of another run.
        """
        position, path = self._files[key]
        places = self.places[position]
        digest = places["digests"][0].tobytes()
        queries = self._queries.get(digest)
        names = ("queries", array) if queries is None else (array,)
        if (known := read_again(path, places, names)) is not None:
            return self._with_queries(known[0] if queries is None else queries, digest), known[-1]
        record = self._record(key)
        return record.final["queries"], record.final[array]

    def has_values(self, key: str, metric: str) -> bool:
        """Return whether the values of queries of a metric are stored for a finished run."""
        return metric in AP_ARRAYS or metric in self._with_values[key].split(",")

    def values_of_queries(self, key: str, metric: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the queries of a finished run and the value of a metric for each, for which ``has_values`` is true.

        Raises InputError as ``average_precisions`` does.
        """
        if metric in AP_ARRAYS:
            return self.average_precisions(key, AP_ARRAYS[metric])
        path, record = self._files[key][1], self._record(key)
        values = self.extend(record, path).per_query.get(metric)
        if values is None:
            raise InputError(f"{path}: the file was replaced while it was used (repeat the command)")
        return record.final["queries"], values.astype(np.float64)

    def _record(self, key: str) -> RunRecord:
        path = self._files[key][1]
        record = read_run(path)
        if record.attributes["key"] != key:
            raise InputError(f"{path}: the file was replaced while it was used (repeat the command)")
        return record

    def _with_queries(self, queries: NDArray[np.int64], digest: bytes) -> NDArray[np.int64]:
        """Keep the queries of a run by their digest, because very many runs have the same, and return them."""
        if len(self._queries) >= MOST_QUERIES:
            self._queries.clear()
        return self._queries.setdefault(digest, queries)

    @cached_property
    def _queries(self) -> dict[bytes, NDArray[np.int64]]:
        return {}

    @cached_property
    def _with_values(self) -> dict[str, str]:
        """The metrics of each run whose values of queries are in ``per_query``."""
        return dict(zip(self.runs["key"].tolist(), self.runs[WITH_VALUES].tolist(), strict=True))

    @cached_property
    def _files(self) -> dict[str, tuple[int, Path]]:
        """The position and the file of each run, which are asked for run by run."""
        files = enumerate(self.runs["path"].tolist())
        return dict(zip(self.runs["key"].tolist(), files, strict=True))


def load_results(results: Path, check: Check = unchecked, *, everything: bool = False) -> Results:
    """Read and check every run file below a results folder.

    A file that is known from the folder's index and unchanged since is not read again. everything: read all files.

    Columns of the table: the names and status of the run, the costs so far, one column for each metric, counts of what
    metrics left out, then ``protocol`` (how the stream differs from the defaults), ``reason``, ``started``, ``key`` and
    titles. A run that is not done has one row, which is empty from ``examples`` on. Raises InputError if there is no
    such folder.
    """
    paths, complaints = run_paths(results)
    index = Index() if everything else read_index(results)
    known = index.positions()
    identities = [identity_of(path) for path in paths]
    names = names_below(results, paths)
    extended = runs_with_metrics([Path(each) for each in dict.fromkeys(map(os.path.dirname, paths))])
    identities = [None if path in extended else each for path, each in zip(paths, identities, strict=True)]
    places = [known.get((name, each)) if each else None for name, each in zip(names, identities, strict=True)]
    fresh = read_files([path for path, place in zip(paths, places, strict=True) if place is None], results, check)
    complaints += [line for part in fresh for line in part.complaints]
    joined = Index.joined([index, *(part.files for part in fresh)])
    new = {name: place for place, name in enumerate(joined.names[len(index.names) :], len(index.names))}
    order = [new.get(name) if place is None else place for name, place in zip(names, places, strict=True)]
    files = joined.take(np.array([place for place in order if place is not None], np.int64))
    if len(files.names) - len(new) < len(index.names) or joined.lasting[len(index.names) :].any():
        write_index(results, files.take(np.flatnonzero(files.lasting)))
    own = [path for path, place in zip(paths, order, strict=True) if place is not None]
    return _results(own, files, complaints, None if everything else derived_path(results))


def joined(parts: Sequence[Results]) -> Results:
    """Return the runs of several results folders as those of one, which keeps no derived values.

    ``runs`` has two more columns: ``folders``, the numbers of the folders that have the run, from 0, and ``copies``,
    pairs of such a number and the run's file. A run that several folders have is that of the first in which it is done.
    """
    # Imported late because the processes that read files do not need it.
    import pandas as pd

    runs = pd.concat([part.runs.assign(folder=number) for number, part in enumerate(parts)], ignore_index=True)
    places = np.concatenate([part.places for part in parts])
    refused = [line for part in parts for line in part.refused]
    whole = Results(runs, Curves.joined([part.curves for part in parts]), refused, Derived(None, {}), places)
    done_first = runs.assign(waits=runs["status"] != "done").sort_values(["waits", "folder"], kind="stable")
    kept = whole.of(runs.index.isin(done_first.drop_duplicates("key").index))
    every: dict[tuple[str, str], list[tuple[int, Path]]] = {}
    for key, status, folder, path in zip(*(runs[name] for name in ("key", "status", "folder", "path")), strict=True):
        every.setdefault((key, status), []).append((folder, path))
    copies = [tuple(every[pair]) for pair in zip(kept.runs["key"], kept.runs["status"], strict=True)]
    folders = [frozenset(folder for folder, _ in each) for each in copies]
    added = {name: pd.Series(values, dtype=object) for name, values in (("folders", folders), ("copies", copies))}
    return replace(kept, runs=kept.runs.drop(columns="folder").assign(**added))


def _results(own: Sequence[Path], files: Index, complaints: list[str], derived_at: Path | None) -> Results:
    # Imported late because the processes that read files do not need it.
    import pandas as pd

    columns = [*RUN_COLUMNS, *LAST_COLUMNS, *BEHIND, WITH_VALUES, *ADDED]
    # Seeds may have any number of digits.
    seeds = pd.Series(files.about.get("seed", []), dtype=object)
    runs = pd.DataFrame(files.about, columns=columns).assign(seed=seeds, path=pd.Series(own, dtype=object))
    known = zip(runs["key"], files.lasting.tolist(), files.identities.tolist(), strict=True)
    identities = {key: tuple(identity) if lasting else None for key, lasting, identity in known}
    return Results(runs, files.curves, complaints, Derived(derived_at, identities), files.places)


def _metrics(runs: "pd.DataFrame") -> list[str]:
    """Return the metrics of some runs, in the order of their columns."""
    return list(dict.fromkeys(name for text in dict.fromkeys(runs["metrics"]) for name in text.split(",") if name))


def _frame(runs: "pd.DataFrame", curves: Curves, metrics: Sequence[str]) -> "pd.DataFrame":
    # Imported late because the processes that read files do not need it.
    import pandas as pd

    first = [*RUN_COLUMNS, *COST_COLUMNS, *metrics]
    extra = [name for name in curves.columns if name not in {*first, *LAST_COLUMNS}]
    rows = np.repeat(np.arange(len(runs)), np.maximum(curves.lengths, 1))
    columns: dict[str, Any] = {
        name: runs[name].array.take(rows) for name in (*RUN_COLUMNS, *LAST_COLUMNS, *ADDED_COLUMNS)
    }
    filled = np.repeat(curves.lengths > 0, np.maximum(curves.lengths, 1))
    for name in [*COST_COLUMNS, *metrics, *extra]:
        columns[name] = _with_gaps(curves.columns.get(name), filled)
    return pd.DataFrame(columns, columns=[*first, *extra, *LAST_COLUMNS, *ADDED_COLUMNS])


def _with_gaps(column: NDArray[Any] | None, filled: NDArray[np.bool_]) -> NDArray[Any]:
    """Return a column with NaN in the rows of runs that have no checkpoint."""
    if column is not None and filled.all():
        return column
    out = np.full(len(filled), np.nan)
    if column is not None:
        out[filled] = column
    return out

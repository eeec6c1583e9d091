"""Measuring engines on the hash tables of finished runs, and keeping what was measured beside the run files."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from mihash_bench.answers.measuring import (
    Searched,
    by_index,
    check_k,
    effort_text,
    index_text,
    index_title,
    measures,
    octets,
)
from mihash_bench.answers.scoring import NearRows
from mihash_bench.answers.timing import CAN_PIN
from mihash_bench.engines.base import Engine
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config, canonical_text
from mihash_bench.experiment.feature_neighbors import feature_neighbors
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.search.wishes import Wishes
from mihash_bench.settings.base import Setting, read_config
from mihash_bench.store.companions import read_search, search_path, write_search
from mihash_bench.store.provenance import machine
from mihash_bench.store.record import RunRecord
from mihash_bench.store.run_file import read_run
from mihash_bench.sweeps.table_codes import DatasetsOfRuns, final_codes, mixing_policy

# One index of one run, with a value for each effort.
Entry = dict[str, Any]
Complain = Callable[[str], None]


class Tables:
    """The hash tables at the end of finished runs, with their queries and true neighbors.

    k: the number of nearest neighbors in feature space.
    """

    def __init__(self, data_dir: Path, cache_dir: Path, k: int) -> None:
        self._datasets, self._k = DatasetsOfRuns(data_dir, cache_dir), k
        # Most runs of a sweep have the same split.
        self._near = lru_cache(1)(self._neighbors)
        self._retrieval: Retrieval | None = None

    def of(self, record: RunRecord) -> Searched:
        """Return the table of a run. Raises InputError if it cannot be made from what the run's file has."""
        setting, config = read_config(str(record.attributes["config"]))
        retrieval = self._data(record, setting, config)
        words = final_codes(record, setting, config, retrieval)
        self._retrieval = retrieval
        facts = canonical_text({**setting.view_facts(config), "digest": str(record.attributes["dataset_digest"])})
        enough = self._k <= len(retrieval.database)
        return Searched(
            octets(words[retrieval.database], config.bits), octets(words[retrieval.queries], config.bits),
            config.bits, retrieval.relevance.block, self._near(facts) if enough else None,
        )  # fmt: skip

    def _data(self, record: RunRecord, setting: Setting, config: Config) -> Retrieval:
        if policy := mixing_policy(config):
            raise InputError(f"its table has codes of several updates under policy {policy}, which its file has not")
        if setting.needs_images:
            raise InputError(f"{setting.name} learns from images (allowed: settings that learn from features)")
        dataset = self._datasets.of(config)
        if dataset.digest != record.attributes["dataset_digest"]:
            raise InputError(f"--data-dir: the files of {config.dataset} are not those of the run")
        return setting.retrieval(config, dataset)

    def _neighbors(self, facts: str) -> NearRows:
        assert self._retrieval is not None
        return feature_neighbors(self._retrieval, self._k)


class Measuring:
    """Measures the engines of a command on finished runs.

    What was measured before on the same machine, with the same software and the same k, is read from the file beside
    the run unless it is to be measured again. complain: is given one line for what is left out. say: is given one line
    for each index that is measured.
    """

    def __init__(self, wishes: Wishes, tables: Tables, complain: Complain, say: Complain) -> None:
        self._wishes, self._tables, self._complain, self._say = wishes, tables, complain, say
        self._machine = machine()

    def of(self, path: Path, label: str) -> list[Entry]:
        """Return an entry for each index that is possible for a run; none if its table cannot be made."""
        try:
            record = read_run(path)
            known = self._known(path, record)
            table = cache(lambda: self._tables.of(record))
            n_rows = int(known[0]["rows"]) if known else len(table().codes)
            bits = int(record.attributes["bits"])
            return list(self._entries(self._possible(n_rows, bits, label), known, table, path, record, label))
        except InputError as error:
            self._complain(f"left out: {label}: {error}")
            return []

    def _known(self, path: Path, record: RunRecord) -> list[Entry]:
        try:
            return read_search(path, str(record.attributes["key"]))
        except InputError as error:
            self._complain(f"{error}, so it is replaced")
            return []

    def _possible(self, n_rows: int, n_bits: int, label: str) -> Iterator[list[Engine]]:
        """Yield the engines that share an index, for each index; complain about those that are not possible."""
        check_k(self._wishes.k, n_rows)
        for each in self._wishes.classes:
            for alike in by_index(self._wishes.engines(each, n_rows, n_bits)):
                try:
                    for engine in alike:
                        engine.check(n_rows, n_bits)
                except InputError as error:
                    self._complain(f"left out: {label}: {error}")
                else:
                    yield alike

    def _entries(
        self,
        indexes: Iterable[list[Engine]],
        known: Sequence[Entry],
        table: Callable[[], Searched],
        path: Path,
        record: RunRecord,
        label: str,
    ) -> Iterator[Entry]:
        every = list(known)
        for engines in indexes:
            entry = None if self._wishes.again else self._before(engines, every)
            if entry is None:
                self._say(f"{label}: {engines[0].title}")
                entry = self._measured(engines, table())
                every = [*(each for each in every if _index(each) != _index(entry)), entry]
                self._keep(path, record, every)
            yield {**entry, "title": index_title(engines[0])}

    def _before(self, engines: Sequence[Engine], known: Sequence[Entry]) -> Entry | None:
        """Return the entry of an index if it was measured before with all of these efforts, with these alone."""
        about, efforts = self._about(engines[0]), [effort_text(engine) for engine in engines]
        for entry in known:
            by_effort = {measure["effort"]: measure for measure in entry["measures"]}
            if about.items() <= entry.items() and by_effort.keys() >= set(efforts):
                return {**entry, "measures": [by_effort[effort] for effort in efforts]}
        return None

    def _measured(self, engines: Sequence[Engine], table: Searched) -> Entry:
        found = [measure.plain() for measure in measures(engines, table, self._wishes.k)]
        sizes = {"rows": len(table.codes), "queries": len(table.queries), "pinned": CAN_PIN}
        return {**self._about(engines[0]), **sizes, "measures": found}

    def _about(self, engine: Engine) -> Entry:
        """Return what an index and its measurements depend on, besides the run."""
        software = f"{engine.library} {engine.version()}"
        return {"index": index_text(engine), "k": self._wishes.k, "software": software, "machine": self._machine}

    def _keep(self, path: Path, record: RunRecord, entries: Sequence[Entry]) -> None:
        try:
            write_search(path, str(record.attributes["key"]), entries)
        except OSError as error:
            self._complain(f"{search_path(path)}: cannot be written ({error.strerror}), so it will be measured again")


def _index(entry: Entry) -> tuple[str, int]:
    return entry["index"], entry["k"]
